/**
 * The fleet's process: plays what `fleet.ts` asks for. A line on stdin, a line
 * on stdout; it ends with stdin.
 *
 * @module
 */

import { type SimulatorServer, startServer } from "../../simulator/server/server.ts";
import type { DeviceReport, FleetDevice, FleetReport } from "./fleet.ts";
import { createCountingImage } from "./fleet_image.ts";

/** How often the process looks how late its own timers are. */
const LAG_EVERY_MS = 20;

interface Played {
  readonly host: string;
  readonly port: number;
  report(): DeviceReport;
}

const devices = new Map<string, Played>();
let lags: number[] = [];

/** Each device has an address of its own, as in a plant; so no port is ever stolen while it is down. */
function hostOf(number: number): string {
  return `127.7.${number >> 8}.${number & 0xff}`;
}

function play(device: FleetDevice, number: number): Played {
  const host = hostOf(number);
  switch (device.kind) {
    case "refused":
      return { host, port: 1, report: () => ({ polls: [], downs: 0 }) };
    case "black-hole":
      return { host, port: blackHole(host), report: () => ({ polls: [], downs: 0 }) };
    default: {
      const { image, polls } = createCountingImage(number);
      const units = new Map([[device.unitId, image]]);
      let downs = 0;
      let server = startServer({ hostname: host, units });
      const { port } = server;
      if (device.kind === "slow") {
        server.inject({ fault: { kind: "delay", delayMs: device.delayMs } });
      }
      if (device.kind === "flapping") {
        void flap(device, server, () => startServer({ hostname: host, port, units }), {
          onDown: () => downs++,
          onServer: (next) => server = next,
        });
      }
      return { host, port, report: () => ({ polls, downs }) };
    }
  }
}

/** Goes down and comes up again: refuses connections, or accepts and closes, in turn. */
async function flap(
  { upMs, downMs }: Extract<FleetDevice, { kind: "flapping" }>,
  server: SimulatorServer,
  restart: () => SimulatorServer,
  on: { onDown(): void; onServer(server: SimulatorServer): void },
): Promise<void> {
  for (let turn = 0;; turn++) {
    await pause(upMs);
    on.onDown();
    if (turn % 2 === 0) {
      await server.close();
      await pause(downMs);
      server = restart();
      on.onServer(server);
    } else {
      server.limitSessions(0);
      server.dropClients();
      await pause(downMs);
      server.limitSessions(32);
    }
  }
}

/** A port whose queue of connections is full: the kernel drops every SYN, as a device without power would. */
function blackHole(hostname: string): number {
  const listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  for (let filler = 0; filler < 4; filler++) {
    void Deno.connect({ hostname, port }).catch(() => {});
  }
  held.push(listener);
  return port;
}

/** Kept from the garbage collector. */
const held: Deno.Listener[] = [];

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function report(): FleetReport {
  const sorted = lags.toSorted((a, b) => a - b);
  lags = [];
  return {
    devices: Object.fromEntries(
      [...devices].map(([id, device]) => [id, device.report()]),
    ),
    ownLagP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

function say(line: unknown): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

let expectedMs = performance.now() + LAG_EVERY_MS;
setInterval(() => {
  const nowMs = performance.now();
  lags.push(Math.max(0, nowMs - expectedMs));
  expectedMs = nowMs + LAG_EVERY_MS;
}, LAG_EVERY_MS);

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const question: { play?: readonly FleetDevice[] } = JSON.parse(line);
    for (const device of question.play ?? []) {
      devices.set(device.id, play(device, devices.size + 1));
    }
    if (question.play !== undefined) {
      say(
        Object.fromEntries(
          [...devices].map(([id, { host, port }]) => [id, { host, port }]),
        ),
      );
    } else say(report());
  }
}
Deno.exit(0);
