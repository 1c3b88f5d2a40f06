/**
 * Detects whether a device needs a pause between a response and the next request, or
 * after a connect, from the outcome of requests that were sent without one. Pure.
 *
 * A device that needs a pause loses every request that is sent without one; one answered
 * request without a pause therefore proves that none is needed. If no request is answered,
 * increasingly long pauses are tried. A pause that helped is omitted once more before it
 * is confirmed, since a device that was offline and has returned does not need it.
 *
 * @module
 */

/** The pauses tried between a response and the next request, in ms. */
export const GAPS_MS: readonly number[] = [20, 50, 100, 250, 500, 1_000];

/** The pauses tried after a connect, in ms. */
export const CONNECT_GAPS_MS: readonly number[] = [100, 500, 1_000, 2_000];

/** Number of consecutive prompt requests that must be lost before another pause is tried. */
export const LOSSES_MIN = 2;

/** Number of losses before the pauses are tried again after none of them helped. */
export const FAILED_TRIAL_LOSSES = 1_000;

/** A request is prompt if it was sent at most this long after the pause in effect, in ms. */
export const PROMPT_MS = 15;

/** Longer reads may be lost because of their length, unless one as long was answered. */
export const SMALL_COUNT = 10;

/** Pauses before requests; 0 = none. */
export interface RequestPauses {
  /** Between a response and the next request, in ms. */
  readonly gapMs: number;
  /** Between a connect and the first request, in ms. */
  readonly connectGapMs: number;
}

/** A request and its outcome. */
export interface ExchangeOutcome {
  /** Whether it was the first request of its connection. */
  readonly first: boolean;
  /** Time since the device's last response, or since the connection was opened if there is none yet, in ms. */
  readonly idleMs: number;
  /** Whether the previous request of the connection was to the same unit. */
  readonly sameUnit: boolean;
  /** Number of registers requested. */
  readonly count: number;
  /** Whether there was a response; an exception is one. */
  readonly answered: boolean;
}

/** Detects the pauses that the device at an address needs. */
export interface PauseDetector {
  /** The pauses to make now, including a tentative one. */
  readonly applied: RequestPauses;
  /** The pauses that were confirmed as necessary. */
  readonly confirmed: RequestPauses;
  /** Evaluates a request; `configured` are the pauses that are made in any case. */
  observe(outcome: ExchangeOutcome, configured: RequestPauses): void;
}

/** Makes a detector without observations. */
export function createPauseDetector(): PauseDetector {
  const gap = createPauseSearch(GAPS_MS);
  const connectGap = createPauseSearch(CONNECT_GAPS_MS);
  let countMax = SMALL_COUNT;
  return {
    get applied() {
      return { gapMs: gap.appliedMs, connectGapMs: connectGap.appliedMs };
    },
    get confirmed() {
      return { gapMs: gap.confirmedMs, connectGapMs: connectGap.confirmedMs };
    },
    observe({ first, idleMs, sameUnit, count, answered }, configured) {
      if (answered && count > countMax) countMax = count;
      const search = first ? connectGap : gap;
      const configuredMs = first ? configured.connectGapMs : configured.gapMs;
      // An idle time up to 1.5 times the tentative pause still tests that pause.
      if (idleMs > Math.max(configuredMs, 1.5 * search.appliedMs) + PROMPT_MS) return;
      if (answered) search.answered();
      else if (count <= countMax && (first || sameUnit)) search.lost(configuredMs);
    },
  };
}

const NO_PAUSES: RequestPauses = { gapMs: 0, connectGapMs: 0 };

/** A detector that never applies a pause. */
export const NO_PAUSE_DETECTION: PauseDetector = {
  applied: NO_PAUSES,
  confirmed: NO_PAUSES,
  observe() {},
};

/** The search for one of the two pauses. */
interface PauseSearch {
  /** The pause in effect, tentative or confirmed, in ms. */
  readonly appliedMs: number;
  /** The confirmed pause, in ms. */
  readonly confirmedMs: number;
  /** A prompt request was answered. */
  answered(): void;
  /** A prompt request was lost in spite of the pause in effect, or of `configuredMs`. */
  lost(configuredMs: number): void;
}

function createPauseSearch(pausesMs: readonly number[]): PauseSearch {
  let appliedMs = 0;
  /** The pause that helped, while requests are sent without it as a check. */
  let helpedMs = 0;
  let losses = 0;
  let confirmed = false;
  return {
    get appliedMs() {
      return appliedMs;
    },
    get confirmedMs() {
      return confirmed ? appliedMs : 0;
    },
    answered() {
      losses = 0;
      if (confirmed) return;
      if (appliedMs === 0) confirmed = true;
      else {
        helpedMs = appliedMs;
        appliedMs = 0;
      }
    },
    lost(configuredMs) {
      if (confirmed || ++losses < LOSSES_MIN) return;
      losses = 0;
      if (helpedMs > 0) {
        appliedMs = helpedMs;
        confirmed = true;
        return;
      }
      appliedMs = pausesMs.find((ms) => ms > Math.max(configuredMs, appliedMs)) ?? 0;
      // No pause helped: the requests are lost for another reason.
      if (appliedMs === 0) losses = -FAILED_TRIAL_LOSSES;
    },
  };
}
