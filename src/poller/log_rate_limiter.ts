/**
 * Limits the log lines of one device to one per minute. Pure.
 *
 * A state change is logged at once if the last line is at least a minute old, otherwise
 * as soon as it is, and only if the state then differs from the one logged last. A
 * repeated event (failure, overrun) is logged a minute after its first occurrence,
 * unless a state was logged in between, which makes it obsolete. While only events
 * repeat, the interval doubles up to one hour, so that a device that is offline for a
 * month does not fill the log.
 *
 * @module
 */

/** Minimum time between two lines of a device, in ms. */
export const LOG_INTERVAL_MS = 60_000;

/** Maximum interval of a repeated event, in ms. */
export const REPEAT_INTERVAL_MAX_MS = 3_600_000;

/** Limits the log lines of one device; `L` is the data of a line. */
export interface LogRateLimiter<L> {
  /** Reports that the device is in the state `name`. */
  reportState(name: string, line: L): void;
  /** Reports an event that may be repeated. */
  reportEvent(line: L): void;
  /** Writes the lines that have become due; to be called about once per second. */
  flush(): void;
}

/** The interfaces that a limiter uses. */
export interface LogRateLimiterOptions<L> {
  readonly nowMs: () => number;
  /** Writes a line; `unlogged` is the number of events suppressed since the last line. */
  readonly write: (line: L, unlogged: number) => void;
}

/** Creates a limiter without any line. */
export function createLogRateLimiter<L>(
  { nowMs, write }: LogRateLimiterOptions<L>,
): LogRateLimiter<L> {
  let writtenMs = -Infinity;
  let writtenState: string | undefined;
  let state: { readonly name: string; readonly line: L } | undefined;
  let event: { readonly sinceMs: number; line: L } | undefined;
  let count = 0;
  let repeatAfterMs = LOG_INTERVAL_MS;

  function writeLine(line: L, unlogged: number): void {
    writtenMs = nowMs();
    event = undefined;
    count = 0;
    write(line, unlogged);
  }

  function flush(): void {
    if (nowMs() - writtenMs < LOG_INTERVAL_MS) return;
    if (state !== undefined && state.name !== writtenState) {
      const { name, line } = state;
      writtenState = name;
      repeatAfterMs = LOG_INTERVAL_MS;
      writeLine(line, count);
    } else if (event !== undefined && nowMs() - event.sinceMs >= repeatAfterMs) {
      repeatAfterMs = Math.min(2 * repeatAfterMs, REPEAT_INTERVAL_MAX_MS);
      writeLine(event.line, count - 1);
    }
  }

  return {
    reportState(name, line) {
      state = { name, line };
      flush();
    },
    reportEvent(line) {
      // An event after a pause longer than the last interval does not count as a repetition.
      if (event === undefined && nowMs() - writtenMs > repeatAfterMs) {
        repeatAfterMs = LOG_INTERVAL_MS;
      }
      count++;
      event = { sinceMs: event?.sinceMs ?? nowMs(), line };
      flush();
    },
    flush,
  };
}
