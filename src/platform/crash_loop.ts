/**
 * Detects crash loops at the start of the program. Pure.
 *
 * A start counts as crashed until it ends in order or succeeds. A start that ended
 * with its machine (another boot) is not a crash of the program. Only consecutive
 * crashes count: a start that succeeds resets the count.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";

/** Crashes longer ago than this do not count, in s. */
export const CRASH_WINDOW_S = 600;

/** Minimum time between two quarantines of the buffer, in s. */
const QUARANTINE_INTERVAL_S = 3_600;

/**
 * Maximum difference of the boot time within one boot, in s: wall clocks are adjusted.
 */
const BOOT_SLACK_S = 10;

/** The time of a start. */
export interface StartMoment {
  /** Boot id of the kernel; null = unknown. */
  readonly bootId: string | null;
  /** Time since boot, in s. */
  readonly uptimeS: number;
  /** Time since the Unix epoch, in s. */
  readonly wallS: number;
}

/** The content of the start file. The keys are those on disk. */
export interface StartRecord {
  /** Consecutive starts that neither ended in order nor succeeded; the newest last. */
  readonly unproven: readonly StartMoment[];
  /** The highest epoch used; 0 = unknown. */
  readonly epoch: number;
  /** Time of the last quarantine of the buffer. */
  readonly asideAt: StartMoment | null;
  /** Destination of a planned quarantine; null once it is done. */
  readonly asidePath: string | null;
}

/** An empty start file. */
export const NO_STARTS: StartRecord = {
  unproven: [],
  epoch: 0,
  asideAt: null,
  asidePath: null,
};

/** How to start. */
export interface StartPlan {
  /** The record to write before anything else is done. */
  readonly record: StartRecord;
  /** Number of consecutive crashes before this start. */
  readonly crashes: number;
  /** Whether to start without the buffer and the caches. */
  readonly degraded: boolean;
}

/** The rules for the quarantine of the buffer. */
export interface QuarantineRules {
  /** Number of consecutive crashes that cause a quarantine; 0 = never. */
  readonly crashesMax: number;
  /** Destination; null = no further file is allowed. */
  readonly path: string | null;
}

/** Plans a start. A planned quarantine that was not done is done first. */
export function planStart(
  before: StartRecord,
  now: StartMoment,
  { crashesMax, path }: QuarantineRules,
): StartPlan {
  const crashed = before.unproven.filter((start) =>
    isWithin(start, now, CRASH_WINDOW_S)
  );
  const degraded = crashesMax > 0 && crashed.length >= crashesMax;
  const { asideAt, asidePath } = before;
  const isDue = asideAt === null || !isWithin(asideAt, now, QUARANTINE_INTERVAL_S);
  const quarantine = asidePath === null && degraded && isDue && path !== null
    ? { asideAt: now, asidePath: path }
    : { asideAt, asidePath };
  return {
    record: {
      ...before,
      ...quarantine,
      // Older crashes do not change the result.
      unproven: [...crashed, now].slice(-(crashesMax + 1)),
    },
    crashes: crashed.length,
    degraded,
  };
}

/** Whether a start was in the same boot and at most `limitS` ago. */
function isWithin(then: StartMoment, now: StartMoment, limitS: number): boolean {
  const agoS = now.uptimeS - then.uptimeS;
  return agoS >= 0 && agoS <= limitS && isSameBoot(then, now);
}

function isSameBoot(then: StartMoment, now: StartMoment): boolean {
  if (then.bootId !== null && now.bootId !== null) return then.bootId === now.bootId;
  // Without an id, a boot is identified by its time.
  const apartS = (now.wallS - now.uptimeS) - (then.wallS - then.uptimeS);
  return Math.abs(apartS) <= BOOT_SLACK_S;
}

/**
 * Parses the content of a start file; missing or damaged parts are treated as empty.
 */
export function parseStarts(found: unknown): StartRecord {
  if (!isObject(found)) return NO_STARTS;
  const { unproven, epoch, asideAt, asidePath } = found;
  return {
    unproven: Array.isArray(unproven) ? unproven.filter(isMoment) : [],
    epoch: Number.isSafeInteger(epoch) && Number(epoch) > 0 ? Number(epoch) : 0,
    asideAt: isMoment(asideAt) ? asideAt : null,
    asidePath: typeof asidePath === "string" && asidePath !== "" ? asidePath : null,
  };
}

function isMoment(found: unknown): found is StartMoment {
  if (!isObject(found)) return false;
  const { bootId, uptimeS, wallS } = found;
  return (bootId === null || typeof bootId === "string") &&
    Number.isFinite(uptimeS) && Number.isFinite(wallS);
}
