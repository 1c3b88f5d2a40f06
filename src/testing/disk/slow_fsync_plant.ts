/**
 * A plant in a separate process, so that load on the test does not delay it: each
 * device is the literal inverter at its own address, and its energy counter encodes
 * the time of the read. Prints its addresses as one line of JSON, and
 * {@linkcode PlantNotes} as another when its stdin ends.
 *
 * usage: slow_fsync_plant.ts DEVICES
 *
 * @module
 */

import { type SimulatorServer, startServer } from "../../simulator/server/server.ts";
import { INVERTER } from "../devices/devices.ts";

/** Contents of the first line. */
export interface PlantAddresses {
  readonly ports: readonly number[];
  /** Wall time at which the energy counters (in ms) are 0. */
  readonly beganMs: number;
}

/** Observations of the plant. */
export interface PlantNotes {
  /** Wall times of requests by device, in ms. */
  readonly requestsMs: readonly (readonly number[])[];
  /** Number of connections by device. */
  readonly sessions: readonly number[];
  /** Spans in which this process did not run: from, to. */
  readonly starvedMs: readonly (readonly [number, number])[];
}

/** Index of the low register of module 2 DCWH, which is 0 in the literal inverter: not believed at start. */
const SECOND_ENERGY_AT = 165;

const PROBE_MS = 5;
/** A probe later than this after the previous one counts as a span without processor time. */
const STARVED_MS = 15;
/** Offset of WH (acc32) in SunSpec models 101 to 103, from the id register on. */
const WH_OFFSET = 24;
/** Offset of SN in model 1, from the marker on. */
const SERIAL_AT = 2 + 50;
/** Upper bound of its lifetime. */
const LIFE_MAX_MS = 300_000;

const encoder = new TextEncoder();

function print(line: unknown): void {
  const bytes = encoder.encode(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function serve(device: number, beganMs: number, requestsMs: number[]): SimulatorServer {
  const { base, unitId, models } = INVERTER;
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  const unreadable = INVERTER.registers.flatMap((register, at) =>
    register === null ? [{ address: base + at, count: 1 }] : []
  );
  const model = models.find(({ id }) => id === 103);
  if (model === undefined) throw new Error("the literal inverter has no model 103");
  registers[SECOND_ENERGY_AT] = 1;
  registers[SERIAL_AT] = 0x4100 + device; // "A?": unique for each device
  const counterAt = model.address + WH_OFFSET - base;
  const before = (): void => {
    const nowMs = Date.now();
    requestsMs.push(nowMs);
    registers[counterAt] = (nowMs - beganMs) >>> 16;
    registers[counterAt + 1] = (nowMs - beganMs) & 0xffff;
  };
  const image = { base, registers, unreadable, before };
  return startServer({ units: new Map([[unitId, image]]) });
}

if (import.meta.main) {
  const beganMs = Date.now();
  const requestsMs = Array.from({ length: Number(Deno.args[0]) }, (): number[] => []);
  const servers = requestsMs.map((times, device) => serve(device, beganMs, times));
  const starvedMs: [number, number][] = [];
  let probedMs = beganMs;
  const probe = setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - probedMs > STARVED_MS) starvedMs.push([probedMs, nowMs]);
    probedMs = nowMs;
  }, PROBE_MS);
  const life = setTimeout(() => Deno.exit(1), LIFE_MAX_MS);
  print({ ports: servers.map(({ port }) => port), beganMs });

  const stdin = Deno.stdin.readable.getReader();
  while (!(await stdin.read()).done);
  clearInterval(probe);
  clearTimeout(life);
  const sessions = servers.map(({ stats }) => stats.sessions);
  for (const server of servers) await server.close();
  print({ requestsMs, sessions, starvedMs });
}
