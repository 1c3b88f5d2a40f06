/**
 * Plays a plant for days of virtual time to a whole agent (supervisor, real
 * connections, decoding, buffer in its worker, Avro files) and gives what came
 * of it.
 *
 * @module
 */

import { startAgent } from "../../src/agent/agent.ts";
import { createSeededRandom } from "../../src/base/random.ts";
import { createFakeClock } from "../../src/base/clock.ts";
import { createMemoryLog, type LoggedEvent } from "../../src/base/log.ts";
import { createAgentMeasured, toAgentOptions } from "../../src/agent/options.ts";
import { loadSetup } from "../../src/agent/load_setup.ts";
import type { Plant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { DAY_MS } from "../../src/simulator/plant/sun.ts";
import { checkFiles, type StreamCheck } from "../../src/testing/stream_check.ts";
import { watchLinks } from "../../src/testing/agent/virtual_time.ts";

/** Virtual midnight: a UTC day begins. */
export const MIDNIGHT_MS = 1_795_392_000_000;
/** The seed of the agent's chance. */
const SEED = 7;
/** Virtual time goes in steps of this: shorter than any deadline, and than a slot. */
const STEP_MS = 2_000;
/** How long the end may take, in virtual ms. */
const STOP_LIMIT_MS = 60_000;

/** A device as the configuration has it. */
export interface PlayedEntry {
  /** Name of its address in the plant. */
  readonly address: string;
  /** Null = its id is derived from what it says of itself. */
  readonly id: string | null;
}

/** What came of it. */
export interface PlayedDays {
  readonly check: StreamCheck;
  /** What was logged, with virtual time since midnight. */
  readonly log: readonly (LoggedEvent & { readonly atMs: number })[];
  /** Requests that the plant was asked. */
  readonly requests: number;
  readonly made: number;
  readonly delivered: number;
}

/** Plays `plant` from midnight on for `durationMs`. */
export async function playDays(
  plant: Plant,
  entries: readonly PlayedEntry[],
  { intervalMs, asleepIntervalMs }: {
    readonly intervalMs: number;
    readonly asleepIntervalMs: number;
  },
  durationMs: number,
): Promise<PlayedDays> {
  const folder = await Deno.makeTempDir({ prefix: "sunspec-days-" });
  const clock = createFakeClock({ wallMs: MIDNIGHT_MS });
  const playing = startPlant(plant, clock, { startMs: 0, dayMs: DAY_MS });
  const ended = new AbortController();
  try {
    playing.tick();
    const ports = new Map(playing.addresses.map((at) => [at.name, at]));
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
      createAgentMeasured(),
      ended.signal,
    );
    const links = watchLinks(clock);
    const started = await startAgent({
      ...options,
      clock,
      chance: createSeededRandom(SEED),
      openLink: links.openLink,
    });
    if (!started.ok) throw new Error(started.fault.detail);
    const agent = started.value;

    while (clock.monotonicMs() < durationMs) {
      await clock.advance(STEP_MS);
      playing.tick();
      await links.settled();
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
      requests: [...playing.servers.values()].reduce(
        (sum, { stats }) => sum + stats.requests,
        0,
      ),
      made: end.made,
      delivered: end.delivered,
    };
  } finally {
    ended.abort();
    await playing.close();
    await Deno.remove(folder, { recursive: true });
  }
}
