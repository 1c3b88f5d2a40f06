/**
 * Finds out whether a device needs a rest, between an answer and the next
 * request or after a connect, by what becomes of requests that come without one.
 * Pure.
 *
 * A device that needs a rest loses every request that has none. So a single
 * quick answer proves that none is needed. Where none comes, longer and longer
 * rests are tried; one that helps is left out again for a moment, since a device
 * that was away and has come back needs none.
 *
 * @module
 */

/** The rests tried between an answer and the next request, in ms. */
export const GAPS_MS: readonly number[] = [20, 50, 100, 250, 500, 1_000];

/** The rests tried after a connect, in ms. */
export const CONNECT_GAPS_MS: readonly number[] = [100, 500, 1_000, 2_000];

/** How many quick requests in a row must be lost before another rest is tried. */
export const LOSSES_MIN = 2;

/** After all rests were tried in vain, so many losses pass before they are tried again. */
export const VAIN_LOSSES = 1_000;

/** A request that came no later than this after the rest in force was quick. */
export const QUICK_MS = 15;

/** Larger reads than this may be lost for their size, unless one as large was answered. */
export const SMALL_COUNT = 10;

/** What was found to be needed; 0 = nothing. */
export interface FoundPace {
  readonly gapMs: number;
  readonly connectGapMs: number;
}

/** One request, and what became of it. */
export interface Exchanged {
  /** It was the first on its connection. */
  readonly first: boolean;
  /** How long the device had rested: since its last answer, or since the connect. */
  readonly restMs: number;
  /** The unit before it, on the same connection, was the same. */
  readonly sameUnit: boolean;
  /** How many registers it asked for. */
  readonly count: number;
  /** An exception is an answer too. */
  readonly answered: boolean;
}

/** What is known of the pace that the device at an address needs. */
export interface PaceFinder {
  /** The rests to keep at present; a trial may be among them. */
  readonly kept: FoundPace;
  /** Of these, what has proved itself. */
  readonly found: FoundPace;
  /** Takes note of a request; `asked` is the pace that was asked for. */
  note(exchanged: Exchanged, asked: FoundPace): void;
}

/** Makes a finder that knows nothing. */
export function createPaceFinder(): PaceFinder {
  const gap = createRestFinder(GAPS_MS);
  const connectGap = createRestFinder(CONNECT_GAPS_MS);
  let countMax = SMALL_COUNT;
  return {
    get kept() {
      return { gapMs: gap.restMs, connectGapMs: connectGap.restMs };
    },
    get found() {
      return { gapMs: gap.foundMs, connectGapMs: connectGap.foundMs };
    },
    note({ first, restMs, sameUnit, count, answered }, asked) {
      if (answered && count > countMax) countMax = count;
      const finder = first ? connectGap : gap;
      const askedMs = first ? asked.connectGapMs : asked.gapMs;
      // A longer rest than the one on trial by half says of it what it says of itself.
      if (restMs > Math.max(askedMs, 1.5 * finder.restMs) + QUICK_MS) return;
      if (answered) finder.answered();
      else if (count <= countMax && (first || sameUnit)) finder.lost(askedMs);
    },
  };
}

const NO_REST: FoundPace = { gapMs: 0, connectGapMs: 0 };

/** Tries nothing and finds nothing. */
export const NO_FINDER: PaceFinder = { kept: NO_REST, found: NO_REST, note() {} };

interface RestFinder {
  /** The rest that is kept, on trial or for good. */
  readonly restMs: number;
  /** The rest that has proved itself. */
  readonly foundMs: number;
  /** A quick request was answered. */
  answered(): void;
  /** A quick request was lost, though the device had the rest that is kept, or `askedMs`. */
  lost(askedMs: number): void;
}

function createRestFinder(restsMs: readonly number[]): RestFinder {
  let restMs = 0;
  /** The rest that helped; whether without it requests are lost is being tried. */
  let helpedMs = 0;
  let losses = 0;
  let settled = false;
  return {
    get restMs() {
      return restMs;
    },
    get foundMs() {
      return settled ? restMs : 0;
    },
    answered() {
      losses = 0;
      if (settled) return;
      if (restMs === 0) settled = true;
      else {
        helpedMs = restMs;
        restMs = 0;
      }
    },
    lost(askedMs) {
      if (settled || ++losses < LOSSES_MIN) return;
      losses = 0;
      if (helpedMs > 0) {
        restMs = helpedMs;
        settled = true;
        return;
      }
      restMs = restsMs.find((ms) => ms > Math.max(askedMs, restMs)) ?? 0;
      // Where no rest helps, they are lost for another reason.
      if (restMs === 0) losses = -VAIN_LOSSES;
    },
  };
}
