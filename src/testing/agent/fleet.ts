/**
 * A fleet of simulated devices in a separate process, and the lateness of an agent's
 * polls.
 *
 * @module
 */

import { gridOf } from "../../poller/schedule/grid.ts";
import type { ConfigTable } from "./agent_config.ts";
import { environmentOf } from "./agent_program.ts";
import { PROJECT_ROOT } from "../project_root.ts";

/** A device of the fleet, by its behaviour. */
export type FleetDevice =
  & { readonly id: string; readonly unitId: number }
  & (
    | { readonly kind: "good" }
    /** Nothing listens: connections are refused. */
    | { readonly kind: "refused" }
    /** Packets are dropped: connections time out. */
    | { readonly kind: "black-hole" }
    /** Accepts connections and never answers. */
    | { readonly kind: "hanging" }
    /** Closes the connection at each request. */
    | { readonly kind: "cutting" }
    /** Answers each request after `delayMs`. */
    | { readonly kind: "slow"; readonly delayMs: number }
    /** In service for `upMs`, then out of service for `downMs`: refuses connections or, every second time, accepts and closes them. */
    | { readonly kind: "flapping"; readonly upMs: number; readonly downMs: number }
  );

/** Observations of one device. */
export interface FleetDeviceReport {
  /** Arrival of each poll's first request, wall clock in ms; poll n at index n - 1. */
  readonly polls: readonly number[];
  /** Number of outages. */
  readonly outages: number;
}

/** Observations of the fleet. */
export interface FleetReport {
  readonly devices: Readonly<Record<string, FleetDeviceReport>>;
  /** Lateness of the fleet's own timers since the last report: caused by the machine, not by the agent. */
  readonly ownLagP99Ms: number;
}

/** A running fleet. */
export interface Fleet {
  /** `[[devices]]` tables that address it. */
  tables(settings: (device: FleetDevice) => ConfigTable): ConfigTable[];
  report(): Promise<FleetReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a fleet.
 *
 * @param within command prefix that starts the fleet in another network namespace.
 */
export async function startFleet(
  devices: readonly FleetDevice[],
  within: readonly string[] = [],
): Promise<Fleet> {
  const [program = "", ...args] = [
    ...within,
    ...[
      Deno.execPath(),
      "run",
      "--quiet",
      "--config",
      `${PROJECT_ROOT}deno.json`,
      "-A",
    ],
    `${PROJECT_ROOT}src/testing/agent/fleet_process.ts`,
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

  async function exchange<T>(request: unknown): Promise<T> {
    await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    for (let end = rest.indexOf("\n"); end < 0; end = rest.indexOf("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the fleet process has exited");
      rest += value;
    }
    const end = rest.indexOf("\n");
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return JSON.parse(line);
  }

  type Addresses = Readonly<Record<string, { readonly host: string; port: number }>>;
  const addresses = await exchange<Addresses>({ start: devices });
  return {
    tables: (settings) =>
      devices.map((device) => ({
        id: device.id,
        ...addresses[device.id],
        ["unit_ids"]: [device.unitId],
        ...settings(device),
      })),
    report: () => exchange<FleetReport>({}),
    async [Symbol.asyncDispose]() {
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}

/** Lateness of each poll after the start of its slot, in ms, less than one slot. */
export function slotLatenessMs(
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

/** Tolerance between the clocks of two processes, in ms. */
const EARLY_MAX_MS = 5;

/** The quantile `share` (0..1) of the values; NaN if there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[at] ?? NaN;
}
