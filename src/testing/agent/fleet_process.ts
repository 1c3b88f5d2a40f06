/**
 * The process of a fleet: simulates the devices that `fleet.ts` requests. Answers each
 * line on stdin with one line on stdout; ends when stdin closes.
 *
 * @module
 */

import { type SimulatorServer, startServer } from "../../simulator/server/server.ts";
import type { ServerFault } from "../../simulator/server/server_faults.ts";
import type { FleetDevice, FleetDeviceReport, FleetReport } from "./fleet.ts";
import { createCountingImage } from "./fleet_image.ts";
import { pause } from "../pause.ts";

/** Interval at which the process measures the delay of its own timers, in ms. */
const LAG_EVERY_MS = 20;

interface RunningDevice {
  readonly host: string;
  readonly port: number;
  report(): FleetDeviceReport;
}

const devices = new Map<string, RunningDevice>();
let lags: number[] = [];

/** Each device has its own address, as in a plant, so that no other process takes its port during an outage. */
function hostOf(number: number): string {
  return `127.7.${number >> 8}.${number & 0xff}`;
}

function startDevice(device: FleetDevice, number: number): RunningDevice {
  const host = hostOf(number);
  switch (device.kind) {
    case "refused":
      return { host, port: 1, report: () => ({ polls: [], outages: 0 }) };
    case "black-hole":
      return {
        host,
        port: openBlackHole(host),
        report: () => ({ polls: [], outages: 0 }),
      };
    default: {
      const { image, polls } = createCountingImage(number);
      const units = new Map([[device.unitId, image]]);
      let outages = 0;
      let server = startServer({ hostname: host, units });
      const { port } = server;
      const fault = faultOf(device);
      if (fault !== undefined) server.inject({ fault });
      if (device.kind === "flapping") {
        void runOutages(
          device,
          server,
          () => startServer({ hostname: host, port, units }),
          {
            onOutage: () => outages++,
            onServer: (next) => server = next,
          },
        );
      }
      return { host, port, report: () => ({ polls, outages }) };
    }
  }
}

/** What the device does instead of a correct response. */
function faultOf(device: FleetDevice): ServerFault | undefined {
  switch (device.kind) {
    case "slow":
      return { kind: "delay", delayMs: device.delayMs };
    case "hanging":
      return { kind: "silent" };
    case "cutting":
      return { kind: "drop" };
    default:
      return undefined;
  }
}

/** Alternates between service and outages. In an outage the device refuses connections or, every second time, accepts and closes them. */
async function runOutages(
  { upMs, downMs }: Extract<FleetDevice, { kind: "flapping" }>,
  server: SimulatorServer,
  restart: () => SimulatorServer,
  on: { onOutage(): void; onServer(server: SimulatorServer): void },
): Promise<void> {
  for (let turn = 0;; turn++) {
    await pause(upMs);
    on.onOutage();
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

/** Opens a port with a full backlog: the kernel drops every SYN, as if the device had no power. */
function openBlackHole(hostname: string): number {
  const listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  for (let filler = 0; filler < 4; filler++) {
    void Deno.connect({ hostname, port }).catch(() => {});
  }
  blackHoles.push(listener);
  return port;
}

/** Listeners that must not be garbage-collected. */
const blackHoles: Deno.Listener[] = [];

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

function printJson(line: unknown): void {
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
    const request: { start?: readonly FleetDevice[] } = JSON.parse(line);
    for (const device of request.start ?? []) {
      devices.set(device.id, startDevice(device, devices.size + 1));
    }
    if (request.start !== undefined) {
      printJson(
        Object.fromEntries(
          [...devices].map(([id, { host, port }]) => [id, { host, port }]),
        ),
      );
    } else printJson(report());
  }
}
Deno.exit(0);
