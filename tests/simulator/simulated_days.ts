/**
 * Runs a complete agent (supervisor, real connections, decoding, buffer worker, Avro
 * files) against a simulated plant for days of virtual time.
 *
 * @module
 */

import { startAgent } from "../../src/agent/agent.ts";
import { createSeededRandom } from "../../src/base/random.ts";
import { createFakeClock } from "../../src/testing/fake_clock.ts";
import { createMemoryLog, type LoggedEvent } from "../../src/testing/memory_log.ts";
import {
  createAgentMeasurements,
  toAgentOptions,
} from "../../src/agent/setup/agent_options.ts";
import { loadSetup } from "../../src/agent/setup/load_setup.ts";
import type { Plant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { DAY_MS } from "../../src/simulator/plant/sun.ts";
import { checkFiles, type StreamCheck } from "../../src/testing/stream_check.ts";
import { watchConnections } from "../../src/testing/agent/virtual_time.ts";

/** Start of virtual time: midnight in UTC. */
export const MIDNIGHT_MS = 1_795_392_000_000;
/** Seed of the random generator of the agent. */
const SEED = 7;
/** Step of virtual time: shorter than any deadline and any slot. */
const STEP_MS = 2_000;
/** Time limit of the stop, in virtual ms. */
const STOP_LIMIT_MS = 60_000;

/** A device of the configuration. */
export interface SimulatedEntry {
  /** Name of its address in the plant. */
  readonly address: string;
  /** Null = the id is derived from the identity of the device. */
  readonly id: string | null;
}

/** Result of a run. */
export interface SimulatedDays {
  readonly check: StreamCheck;
  /** Log events with virtual time since midnight. */
  readonly log: readonly (LoggedEvent & { readonly atMs: number })[];
  /** Requests received by the plant. */
  readonly requests: number;
  readonly made: number;
  readonly delivered: number;
}

/** Simulates `plant` from midnight for `durationMs`. */
export async function simulateDays(
  plant: Plant,
  entries: readonly SimulatedEntry[],
  { intervalMs, asleepIntervalMs }: {
    readonly intervalMs: number;
    readonly asleepIntervalMs: number;
  },
  durationMs: number,
): Promise<SimulatedDays> {
  const folder = await Deno.makeTempDir({ prefix: "sunspec-days-" });
  const clock = createFakeClock({ wallMs: MIDNIGHT_MS });
  const running = startPlant(plant, clock, { startMs: 0, dayMs: DAY_MS });
  const ended = new AbortController();
  try {
    running.tick();
    const ports = new Map(running.addresses.map((at) => [at.name, at]));
    const config = [
      `[gateway]\nid = "gw"\n[buffer]\npath = "${folder}/queue.db"\nflush_interval_ms = 50`,
      `[uplink]\nkind = "files"\n[uplink.files]\npath = "${folder}/records"`,
      ...entries.map(({ address, id }) =>
        [
          "[[devices]]",
          ...(id === null ? [] : [`id = "${id}"`]),
          `host = "127.0.0.1"\nport = ${ports.get(address)?.port}`,
          `unit_ids = [${ports.get(address)?.unitIds}]`,
          `interval_ms = ${intervalMs}\nasleep_interval_ms = ${asleepIntervalMs}`,
        ].join("\n")
      ),
    ].join("\n");
    await Deno.writeTextFile(`${folder}/config.toml`, config);
    const loaded = await loadSetup(`${folder}/config.toml`, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.fault));

    const memory = createMemoryLog();
    const times: number[] = [];
    const log: typeof memory = {
      events: memory.events,
      event(name, fields) {
        times.push(clock.monotonicMs());
        memory.event(name, fields);
      },
    };
    const options = await toAgentOptions(
      loaded.value,
      log,
      createAgentMeasurements(),
      ended.signal,
    );
    const links = watchConnections(clock);
    const started = await startAgent({
      ...options,
      clock,
      random: createSeededRandom(SEED),
      openConnection: links.openConnection,
    });
    if (!started.ok) throw new Error(started.fault.detail);
    const agent = started.value;

    while (clock.monotonicMs() < durationMs) {
      await clock.advance(STEP_MS);
      running.tick();
      await links.idle();
    }
    let end: Awaited<ReturnType<typeof agent.stop>> | undefined;
    agent.stop(STOP_LIMIT_MS).then((value) => end = value);
    while (end === undefined) {
      await clock.advance(10);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return {
      check: await checkFiles(`${folder}/records`),
      log: memory.events.map((event, at) => ({ ...event, atMs: times[at] ?? NaN })),
      requests: [...running.servers.values()].reduce(
        (sum, { stats }) => sum + stats.requests,
        0,
      ),
      made: end.recordsMade,
      delivered: end.delivered,
    };
  } finally {
    ended.abort();
    await running.close();
    await Deno.remove(folder, { recursive: true });
  }
}
