/**
 * The file that records the starts of the program, for the detection of crash loops.
 *
 * @module
 */

import {
  parseStarts,
  planStart,
  type QuarantineRules,
  type StartMoment,
  type StartPlan,
  type StartRecord,
} from "./crash_loop.ts";
import { readJsonFile, writeFileAtomically } from "./atomic_file.ts";

/**
 * Boot id, set by the unit (`%b` of systemd.unit(5)) because the program may not read
 * /proc.
 */
const BOOT_ID = "SUNSPEC_COLLECTOR_BOOT_ID";

/**
 * The record of this start. No method rejects: the agent also runs without the file.
 */
export interface RecordedStart {
  /** How to start. */
  readonly plan: StartPlan;
  /** Records that the buffer is open and any planned quarantine is done. */
  opened(epoch: number): Promise<void>;
  /** Records that the start succeeded: a later end is not a crash at the start. */
  proven(): Promise<void>;
  /**
   * Withdraws {@linkcode RecordedStart.proven}: the agent hangs, and a kill counts as a
   * crash.
   */
  suspect(): Promise<void>;
  /** Records an orderly end, or that the agent did not start. */
  ended(): Promise<void>;
}

/** Records that the program starts, and plans how. */
export async function recordStart(
  path: string,
  env: Readonly<Record<string, string>>,
  rules: QuarantineRules,
): Promise<RecordedStart> {
  const now: StartMoment = {
    bootId: await readBootId(env),
    uptimeS: Deno.osUptime(),
    wallS: Math.floor(Date.now() / 1_000),
  };
  const before = parseStarts(await readJsonFile(path));
  const plan = planStart(before, now, rules);
  let record = plan.record;
  let writing: Promise<void> = Promise.resolve();
  let written = "";

  function write(next: Partial<StartRecord>): Promise<void> {
    record = { ...record, ...next };
    const text = `${JSON.stringify(record)}\n`;
    return writing = writing.then(async () => {
      // Each write is a sync, and a stopping agent has little time.
      if (text === written) return;
      await writeFileAtomically(path, text);
      written = text;
    }).catch(() => {});
  }

  await write({});
  return {
    plan,
    opened: (epoch) => write({ epoch: Math.max(epoch, record.epoch), asidePath: null }),
    proven: () => write({ unproven: [] }),
    suspect: () => write({ unproven: [now] }),
    ended: () => write({ unproven: [] }),
  };
}

async function readBootId(
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const given = env[BOOT_ID] ?? "";
  if (given !== "") return given;
  try {
    return (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  } catch {
    return null;
  }
}
