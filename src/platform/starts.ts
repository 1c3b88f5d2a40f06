/**
 * Whether the program crashes again and again at its start. Pure.
 *
 * A start counts as crashed until it ends in order or has proven itself; what
 * ended with its machine (another boot) is no crash of the program. Only starts
 * in a row count: one that has proven itself ends the row.
 *
 * @module
 */

/** Crashes further apart than this are not one trouble, in s. */
export const CRASH_WINDOW_S = 600;

/** Nothing is put aside again sooner than this after the last time, in s. */
export const ASIDE_EVERY_S = 3_600;

/** Clocks of one boot agree within this, in s: wall clocks are set a little. */
const BOOT_SLACK_S = 10;

/** A moment, by what is known of it. */
export interface StartMoment {
  /** The kernel's own name of this boot; null = not known. */
  readonly bootId: string | null;
  /** Since boot. */
  readonly uptimeS: number;
  /** Since the Unix epoch. */
  readonly wallS: number;
}

/** What is written down of starts. */
export interface StartRecord {
  /** Starts in a row that neither ended in order nor proved themselves; the newest last. */
  readonly unproven: readonly StartMoment[];
  /** The greatest epoch that was begun; 0 = none is known. */
  readonly epoch: number;
  /** When the buffer was put aside last. */
  readonly asideAt: StartMoment | null;
  /** Where it is to be put, until that is done. */
  readonly asidePath: string | null;
}

/** Nothing is known. */
export const NO_STARTS: StartRecord = {
  unproven: [],
  epoch: 0,
  asideAt: null,
  asidePath: null,
};

/** How to start. */
export interface StartPlan {
  /** What is to be written down before anything else. */
  readonly record: StartRecord;
  /** So many starts in a row crashed before this one. */
  readonly crashes: number;
  /** Trust nothing that was remembered. */
  readonly degraded: boolean;
}

/** How a start may put the buffer aside. */
export interface AsideRules {
  /** So many crashes in a row are too many; 0 = never. */
  readonly crashesMax: number;
  /** Where it would be put; null = there is no place for more. */
  readonly path: string | null;
}

/** Plans a start. An aside that was begun and not ended is ended first. */
export function planStart(
  before: StartRecord,
  now: StartMoment,
  { crashesMax, path }: AsideRules,
): StartPlan {
  const crashed = before.unproven.filter((start) =>
    isWithin(start, now, CRASH_WINDOW_S)
  );
  const degraded = crashesMax > 0 && crashed.length >= crashesMax;
  const { asideAt, asidePath } = before;
  const again = asideAt === null || !isWithin(asideAt, now, ASIDE_EVERY_S);
  const aside = asidePath === null && degraded && again && path !== null
    ? { asideAt: now, asidePath: path }
    : { asideAt, asidePath };
  return {
    record: {
      ...before,
      ...aside,
      // More say nothing more.
      unproven: [...crashed, now].slice(-(crashesMax + 1)),
    },
    crashes: crashed.length,
    degraded,
  };
}

/** Whether a moment was in the same boot, and no longer ago than this. */
function isWithin(then: StartMoment, now: StartMoment, limitS: number): boolean {
  const agoS = now.uptimeS - then.uptimeS;
  return agoS >= 0 && agoS <= limitS && isSameBoot(then, now);
}

function isSameBoot(then: StartMoment, now: StartMoment): boolean {
  if (then.bootId !== null && now.bootId !== null) return then.bootId === now.bootId;
  // Without a name a boot is known by when it was.
  const apartS = (now.wallS - now.uptimeS) - (then.wallS - then.uptimeS);
  return Math.abs(apartS) <= BOOT_SLACK_S;
}

/** Reads a record; what is none, or damaged, says nothing. */
export function parseStarts(found: unknown): StartRecord {
  if (!isTable(found)) return NO_STARTS;
  const { unproven, epoch, asideAt, asidePath } = found;
  return {
    unproven: Array.isArray(unproven) ? unproven.filter(isMoment) : [],
    epoch: Number.isSafeInteger(epoch) && Number(epoch) > 0 ? Number(epoch) : 0,
    asideAt: isMoment(asideAt) ? asideAt : null,
    asidePath: typeof asidePath === "string" && asidePath !== "" ? asidePath : null,
  };
}

function isMoment(found: unknown): found is StartMoment {
  if (!isTable(found)) return false;
  const { bootId, uptimeS, wallS } = found;
  return (bootId === null || typeof bootId === "string") &&
    Number.isFinite(uptimeS) && Number.isFinite(wallS);
}

function isTable(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}
