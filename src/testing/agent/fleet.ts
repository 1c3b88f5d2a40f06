/**
 * A fleet of simulated devices in a process of its own, and how punctually an
 * agent polls them.
 *
 * @module
 */

import { gridOf } from "../../poller/schedule/grid.ts";
import type { TomlTable } from "./agent_config.ts";
import { environmentOf, ROOT } from "./agent_program.ts";

/** A device of the fleet. */
export type FleetDevice =
  & { readonly id: string; readonly unitId: number }
  & (
    | { readonly kind: "good" }
    /** Nothing listens: the connect is refused. */
    | { readonly kind: "refused" }
    /** Nobody answers at all: the connect times out. */
    | { readonly kind: "black-hole" }
    /** Answers each request only after `delayMs`. */
    | { readonly kind: "slow"; readonly delayMs: number }
    /** Well for `upMs`, then away for `downMs`: refuses, or accepts and closes, in turn. */
    | { readonly kind: "flapping"; readonly upMs: number; readonly downMs: number }
  );

/** What a device saw. */
export interface DeviceReport {
  /** When the first request of each poll came, wall clock in ms; poll n at n - 1. */
  readonly polls: readonly number[];
  /** How often it went down. */
  readonly downs: number;
}

/** What the fleet saw. */
export interface FleetReport {
  readonly devices: Readonly<Record<string, DeviceReport>>;
  /** How late the fleet's own timers were since the last report: the machine's noise, not the agent's. */
  readonly ownLagP99Ms: number;
}

/** A running fleet. */
export interface Fleet {
  /** `[[devices]]` that lead to it. */
  tables(settings: (device: FleetDevice) => TomlTable): TomlTable[];
  report(): Promise<FleetReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a fleet.
 *
 * @param within goes before its command, for a fleet in another network.
 */
export async function startFleet(
  devices: readonly FleetDevice[],
  within: readonly string[] = [],
): Promise<Fleet> {
  const [program = "", ...args] = [
    ...within,
    ...[Deno.execPath(), "run", "--quiet", "--config", `${ROOT}deno.json`, "-A"],
    `${ROOT}src/testing/agent/fleet_process.ts`,
  ];
  const child = new Deno.Command(program, {
    args,
    env: environmentOf("source"),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";

  async function ask<T>(question: unknown): Promise<T> {
    await writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
    for (let end = rest.indexOf("\n"); end < 0; end = rest.indexOf("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the fleet has ended");
      rest += value;
    }
    const end = rest.indexOf("\n");
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return JSON.parse(line);
  }

  type Addresses = Readonly<Record<string, { readonly host: string; port: number }>>;
  const addresses = await ask<Addresses>({ play: devices });
  return {
    tables: (settings) =>
      devices.map((device) => ({
        id: device.id,
        ...addresses[device.id],
        ["unit_ids"]: [device.unitId],
        ...settings(device),
      })),
    report: () => ask<FleetReport>({}),
    async [Symbol.asyncDispose]() {
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}

/** How late after its slot began each poll came, in ms; a poll is late by less than a slot. */
export function latenessOf(
  id: string,
  intervalMs: number,
  polls: readonly number[],
): number[] {
  const { offsetMs } = gridOf(id, intervalMs);
  return polls.map((atMs) => {
    const late = (atMs - offsetMs) % intervalMs;
    return late > intervalMs - EARLY_MAX_MS ? late - intervalMs : late;
  });
}

/** The clocks of two processes agree to this; more is a poll of the slot before. */
const EARLY_MAX_MS = 5;

/** The value that `share` (0..1) of the values do not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[at] ?? NaN;
}

/** What a process holds. */
export interface Footprint {
  readonly rssBytes: number;
  readonly fileDescriptors: number;
  readonly cpuSeconds: number;
}

/** Looks at a process (Linux). */
export function footprintOf(pid: number): Footprint {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]); // utime, stime: 100 a second
  return {
    rssBytes: 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
    fileDescriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    cpuSeconds: ticks / 100,
  };
}

/** Tells a figure that no assertion shows. */
export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
