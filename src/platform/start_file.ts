/**
 * The door to the file in which starts are written down.
 *
 * @module
 */

import {
  type AsideRules,
  parseStarts,
  planStart,
  type StartMoment,
  type StartPlan,
  type StartRecord,
} from "./starts.ts";
import { readJson, writeWhole } from "./atomic_file.ts";

/** The unit says which boot this is (`%b` of systemd.unit(5)): the program itself may not read /proc. */
const BOOT_ID = "SUNSPEC_COLLECTOR_BOOT_ID";

/** This start, as it is written down. Nothing of it fails: a file that cannot be written is no reason not to run. */
export interface StartNote {
  readonly plan: StartPlan;
  /** The buffer is open, and what was to be put aside is. */
  opened(epoch: number): Promise<void>;
  /** It works: from now on its end is no crash at the start. */
  proven(): Promise<void>;
  /** It hangs after all: should it be killed, that was a crash. */
  doubted(): Promise<void>;
  /** It ends in order, or never began. */
  ended(): Promise<void>;
}

/** Writes down that the program starts, and plans how. */
export async function noteStart(
  path: string,
  env: Readonly<Record<string, string>>,
  rules: AsideRules,
): Promise<StartNote> {
  const now: StartMoment = {
    bootId: await readBootId(env),
    uptimeS: Deno.osUptime(),
    wallS: Math.floor(Date.now() / 1_000),
  };
  const before = parseStarts(await readJson(path));
  const plan = planStart(before, now, rules);
  let record = plan.record;
  let writing: Promise<void> = Promise.resolve();
  let written = "";

  function write(next: Partial<StartRecord>): Promise<void> {
    record = { ...record, ...next };
    const text = `${JSON.stringify(record)}\n`;
    return writing = writing.then(async () => {
      // Each write is a sync, and the end of an agent has little time.
      if (text === written) return;
      await writeWhole(path, text);
      written = text;
    }).catch(() => {});
  }

  await write({});
  return {
    plan,
    opened: (epoch) => write({ epoch: Math.max(epoch, record.epoch), asidePath: null }),
    proven: () => write({ unproven: [] }),
    doubted: () => write({ unproven: [now] }),
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
