/**
 * A plant in a process of its own, so that its clock is nobody else's: each
 * device is the literal inverter behind an address of its own, and its energy
 * counter says when it was read. Prints its addresses as one line of JSON; when
 * its stdin ends, {@linkcode PlantNotes} as another.
 *
 * usage: slow_fsync_plant.ts DEVICES
 *
 * @module
 */

import { type SimulatorServer, startServer } from "../../simulator/server/server.ts";
import { INVERTER } from "../devices/devices.ts";

/** What the first line says. */
export interface PlantAddresses {
  readonly ports: readonly number[];
  /** The energy counters count ms from here, wall time. */
  readonly beganMs: number;
}

/** What the plant saw. */
export interface PlantNotes {
  /** By device: wall times of its requests, in ms. */
  readonly requestsMs: readonly (readonly number[])[];
  /** By device: connections it has had. */
  readonly sessions: readonly number[];
  /** When this process itself got no time: from, to. */
  readonly starvedMs: readonly (readonly [number, number])[];
}

const PROBE_MS = 5;
/** A probe that comes later than this after the one before says that there was no time. */
const STARVED_MS = 15;
/** Where WH (acc32) stands in SunSpec's models 101 to 103, from the id register on. */
const WH_OFFSET = 24;
/** Where SN stands in model 1, from the marker on. */
const SERIAL_AT = 2 + 50;
/** Nobody needs it for longer. */
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
  registers[SERIAL_AT] = 0x4100 + device; // "A?": no two have the same
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
