/**
 * Starts after repeated crashes: the files that may cause them (the buffer, the device
 * cache) are quarantined. Nothing is deleted.
 *
 * @module
 */

import { fileNameOf, folderOf, listFolder, renameIfExists } from "../platform/files.ts";
import type { Agent, AgentOptions, AgentView } from "./agent_types.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { sleepUntilTick } from "../base/ticks.ts";
import type { Config } from "../config/schema/schema.ts";
import { type RecordedStart, recordStart } from "../platform/start_file.ts";
import { deviceCachePath, knownDevicesPath } from "./setup/agent_options.ts";

/** Maximum number of quarantined buffers; each may be as large as `buffer.max_bytes`. */
export const QUARANTINED_BUFFERS_MAX = 3;

/** How often the stability is checked, in ms. */
const CHECK_INTERVAL_MS = 1_000;

/** Time within which a stored row is sent if the destination is reachable, in ms. */
const SENT_WITHIN_MS = 3_000;

/** A recorded start, and how the agent starts. */
export interface CheckedStart {
  readonly note: RecordedStart;
  /** The options of the agent that depend on earlier starts. */
  readonly options: {
    readonly buffer: Pick<AgentOptions["buffer"], "quarantineTo" | "epochAfter">;
    readonly onEpoch: (epoch: number) => Promise<void>;
  };
  /** For the status; null = a normal start. */
  readonly notice: string | null;
}

/** Records this start, and quarantines the suspect files after too many crashes. */
export async function checkStart(
  { path, set_aside_after_crashes: crashesMax }: Config["buffer"],
  env: Readonly<Record<string, string>>,
  log: Log,
): Promise<CheckedStart> {
  const note = await recordStart(`${path}.starts.json`, env, {
    crashesMax,
    path: await quarantinePath(path),
  });
  const { degraded, crashes, record } = note.plan;
  const { asidePath, epoch } = record;
  if (degraded) {
    for (const file of [deviceCachePath(path), knownDevicesPath(path)]) {
      await renameIfExists(file, `${file}.aside`);
    }
    log.event("agent.degraded", { crashes, path: asidePath ?? "kept" });
  }
  return {
    note,
    options: {
      buffer: {
        ...(asidePath === null ? {} : { quarantineTo: asidePath }),
        epochAfter: epoch,
      },
      onEpoch: note.opened,
    },
    notice: degraded ? describe(crashes, asidePath) : null,
  };
}

/**
 * Checks regularly whether the agent is stable, and records it.
 *
 * @returns a function that ends the checks.
 */
export function watchStability(
  agent: Pick<Agent, "view">,
  note: RecordedStart,
  clock: Clock,
): () => void {
  const ended = new AbortController();
  checkStability(agent, note, clock, ended.signal).catch(() => {}); // aborted
  return () => ended.abort();
}

async function checkStability(
  agent: Pick<Agent, "view">,
  note: RecordedStart,
  clock: Clock,
  signal: AbortSignal,
): Promise<never> {
  let stable = false;
  let storedAtMs: number | null = null;
  for (;;) {
    await sleepUntilTick(clock, CHECK_INTERVAL_MS, signal);
    const { view } = agent;
    const nowMs = clock.monotonicMs();
    if (view.buffer.stored > 0) storedAtMs ??= nowMs;
    const isNow = isStable(
      view,
      storedAtMs === null ? null : nowMs - storedAtMs,
      stable,
    );
    if (isNow === stable) continue;
    stable = isNow;
    void (isNow ? note.proven() : note.suspect());
  }
}

/**
 * Whether a start is stable: no part has stalled, rows were stored, and the destination
 * has answered, or {@linkcode SENT_WITHIN_MS} have passed. A row that crashes the
 * program when it is sent does so at once.
 *
 * @param storedMs time since rows were stored; null = none were.
 * @param before the last result.
 */
export function isStable(
  { stalled, pump }: Pick<AgentView, "stalled" | "pump">,
  storedMs: number | null,
  before: boolean,
): boolean {
  if (stalled !== undefined) return false;
  if (before) return true;
  if (storedMs === null) return false;
  const answered = pump === null || pump.lastAckMs !== null || pump.retries > 0;
  return answered || storedMs >= SENT_WITHIN_MS;
}

function describe(crashes: number, asidePath: string | null): string {
  const buffer = asidePath === null ? "the buffer is kept" : "the buffer was renamed";
  const where = asidePath === null
    ? ""
    : ` to ${fileNameOf(asidePath)} (queue salvage restores its rows)`;
  return `started after ${crashes} consecutive crashes: ${buffer}${where}, ` +
    "the device cache is not used";
}

/** Path for the quarantined buffer; null if there is no buffer, or too many were quarantined. */
async function quarantinePath(path: string): Promise<string | null> {
  const prefix = `${fileNameOf(path)}.aside-`;
  const names = await listFolder(folderOf(path));
  const exists = names.includes(fileNameOf(path));
  // Excludes write-ahead logs, and buffers whose rows were restored.
  const kept =
    names.filter((name) =>
      name.startsWith(prefix) && /^\w+$/.test(name.slice(prefix.length))
    ).length;
  if (!exists || kept >= QUARANTINED_BUFFERS_MAX) return null;
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${path}.aside-${date}`;
}
