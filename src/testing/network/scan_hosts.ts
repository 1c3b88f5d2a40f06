/**
 * A network of many hosts, typical and faulty; scan_network.ts starts it inside a
 * network namespace, where all addresses are its own. Prints `ready` once every
 * host listens.
 *
 * @module
 */

import type { DeviceImage } from "../../simulator/device_image.ts";
import { type ServerOptions, startServer } from "../../simulator/server/server.ts";
import { INVERTER } from "../devices/devices.ts";

/** Offset of the serial number in the literal inverter. */
const SERIAL_AT = 52;

function device(serial: string): DeviceImage {
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  const bytes = new TextEncoder().encode(serial.padEnd(32, "\0"));
  for (let at = 0; at < 16; at++) {
    registers[SERIAL_AT + at] = ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0);
  }
  return { base: INVERTER.base, registers };
}

function serve(
  hostname: string,
  units: readonly (readonly [unitId: number, serial: string])[],
  more: Partial<ServerOptions> = {},
): ReturnType<typeof startServer> {
  const images = new Map(units.map(([unitId, serial]) => [unitId, device(serial)]));
  return startServer({ hostname, port: 502, units: images, ...more });
}

/** A server of another protocol: sends `hello`, then answers any data with `answer`. */
async function foreignProtocol(
  hostname: string,
  hello: string,
  answer: string,
): Promise<void> {
  const encoder = new TextEncoder();
  for await (const client of Deno.listen({ hostname, port: 502 })) {
    (async () => {
      await client.write(encoder.encode(hello));
      if (await client.read(new Uint8Array(512)) === null) return;
      await client.write(encoder.encode(answer));
    })().catch(() => {}).finally(() => client.close());
  }
}

/** Accepts connections and never sends data. */
async function unresponsive(hostname: string): Promise<void> {
  const open: Deno.Conn[] = [];
  for await (const client of Deno.listen({ hostname, port: 502 })) open.push(client);
}

// A plant: 30 devices, half of them at SMA's unit id.
for (let nth = 1; nth <= 30; nth++) {
  serve(`10.77.0.${nth}`, [[nth % 2 === 0 ? 126 : 1, `P-${nth}`]]);
}

foreignProtocol(
  "10.77.1.1",
  "",
  "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
);
foreignProtocol(
  "10.77.1.2",
  "SSH-2.0-OpenSSH_9.6\r\n",
  "Invalid SSH identification string.\r\n",
);
serve("10.77.1.3", [[1, "ONE-SESSION"]], { sessionsMax: 1 });
serve("10.77.1.4", [[1, "GW-1"], [2, "GW-2"], [247, "GW-247"]]);
serve("10.77.1.5", [[3, "QUIET-3"], [200, "QUIET-200"]], { absentUnits: "silent" });
serve("10.77.1.6", [[1, "SLOW"]]).inject({ fault: { kind: "delay", delayMs: 150 } });
unresponsive("10.77.1.7");
serve("10.77.1.8", [[1, "AT-1502"]], { port: 1_502 });
serve("10.77.1.9", [[1, "TWICE"]]);
serve("10.77.1.10", [[1, "TWICE"]]);
// 10.77.1.11 exists and refuses connections.
serve("10.77.1.12", Array.from({ length: 256 }, (_, id) => [id, "ECHO"] as const));
serve("fd00:77::13", [[71, "IPV6"]]);

await Deno.stdout.write(new TextEncoder().encode("ready\n"));
