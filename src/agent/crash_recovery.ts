/**
 * The start after repeated crashes: what may be why the program crashes (the
 * buffer, what it remembers of devices) is put aside, and nothing is deleted.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import type { Agent, AgentOptions, AgentView } from "./agent.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config/schema/schema.ts";
import { noteStart, type StartNote } from "../platform/start_file.ts";
import { cacheFileOf, foundFileOf } from "./options.ts";

/** No more buffers are kept aside: each may be as large as `buffer.max_bytes`. */
export const ASIDE_FILES_MAX = 3;

/** How often it is looked whether the start has proven itself, in ms. */
const LOOK_MS = 1_000;

/** A row that is there is sent within this, if anybody is there to take it, in ms. */
const SENT_WITHIN_MS = 3_000;

/** This start, in the light of those before it. */
export interface Start {
  readonly note: StartNote;
  /** What follows from it for the agent. */
  readonly options: {
    readonly buffer: Pick<AgentOptions["buffer"], "setAsideTo" | "epochAfter">;
    readonly noteEpoch: (epoch: number) => Promise<void>;
  };
  /** For the status; null = it is a start as any other. */
  readonly notice: string | null;
}

/** Writes this start down, and puts aside what too many crashes have made suspect. */
export async function beginStart(
  { path, set_aside_after_crashes: crashesMax }: Config["buffer"],
  env: Readonly<Record<string, string>>,
  log: Log,
): Promise<Start> {
  const note = await noteStart(`${path}.starts.json`, env, {
    crashesMax,
    path: await placeAside(path),
  });
  const { degraded, crashes, record } = note.plan;
  const { asidePath, epoch } = record;
  if (degraded) {
    for (const file of [cacheFileOf(path), foundFileOf(path)]) {
      await Deno.rename(file, `${file}.aside`).catch(() => {}); // there may be none
    }
    log.event("agent.degraded", { crashes, path: asidePath ?? "kept" });
  }
  return {
    note,
    options: {
      buffer: {
        ...(asidePath === null ? {} : { setAsideTo: asidePath }),
        epochAfter: epoch,
      },
      noteEpoch: note.opened,
    },
    notice: degraded ? describe(crashes, asidePath) : null,
  };
}

/**
 * Watches whether the start proves itself.
 *
 * @returns ends the watch.
 */
export function watchProof(agent: Pick<Agent, "view">, note: StartNote): () => void {
  let proven = false;
  let storedMs = 0;
  const timer = setInterval(() => {
    const { view } = agent;
    if (view.buffer.stored > 0) storedMs += LOOK_MS;
    const works = isProven(view, storedMs, proven);
    if (works === proven) return;
    proven = works;
    void (works ? note.proven() : note.doubted());
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/**
 * Whether a start has proven itself, once and as long as nothing hangs: rows were
 * stored, and the far side said yes or no to some, or had the time to. What
 * crashes by being sent does so at once.
 */
export function isProven(
  { stalled, pump }: Pick<AgentView, "stalled" | "pump">,
  storedMs: number,
  before: boolean,
): boolean {
  if (stalled !== undefined) return false;
  if (before || storedMs >= SENT_WITHIN_MS) return true;
  const answered = pump === null || pump.lastAckMs !== null || pump.retries > 0;
  return storedMs > 0 && answered;
}

function describe(crashes: number, asidePath: string | null): string {
  const buffer = asidePath === null ? "the buffer is kept" : "the buffer is put aside";
  const where = asidePath === null
    ? ""
    : ` as ${basename(asidePath)} (queue salvage takes its rows back)`;
  return `started degraded after ${crashes} crashes in a row: ${buffer}${where}, ` +
    "what was remembered of devices is not used";
}

/** Where the buffer can be put; null if there is none, or too many are there already. */
async function placeAside(path: string): Promise<string | null> {
  const prefix = `${basename(path)}.aside-`;
  let there = false;
  let kept = 0;
  try {
    for await (const { name } of Deno.readDir(dirname(path))) {
      there ||= name === basename(path);
      // Without their logs, and those whose rows were taken back.
      if (name.startsWith(prefix) && /^\w+$/.test(name.slice(prefix.length))) kept++;
    }
  } catch {
    return null; // opening the buffer will tell
  }
  if (!there || kept >= ASIDE_FILES_MAX) return null;
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${path}.aside-${date}`;
}
