/**
 * What is said of one device in the log: never more than a line a minute,
 * whatever it does. Pure.
 *
 * How it stands is said at once, if the minute is free, else when it is, and
 * only if it is news then. What it repeats (failures, overruns) is said a
 * minute later, unless how it stands has been said meanwhile: a failure is
 * then old news. While nothing else happens it is said ever more seldom, each
 * time after twice as long, until it is once an hour: a device that is dead for
 * a month must not fill the log.
 *
 * @module
 */

/** The least time between two lines of a device, in ms. */
export const LINE_EVERY_MS = 60_000;

/** What is repeated and nothing else is said so often at the least, in ms. */
export const REPEAT_LONGEST_MS = 3_600_000;

/** A device's voice; `L` is what a line is made of. */
export interface Voice<L> {
  /** The device stands otherwise than before: in the state `name`. */
  stands(name: string, line: L): void;
  /** Something happened that may happen again and again. */
  happened(line: L): void;
  /** Says what has become due; to be called every now and then. */
  beat(): void;
}

/** What a voice stands on. */
export interface VoiceParts<L> {
  readonly nowMs: () => number;
  /** Writes a line; `unlogged` counts what was left out since the last. */
  readonly say: (line: L, unlogged: number) => void;
}

/** Makes a voice that has said nothing yet. */
export function createVoice<L>({ nowMs, say }: VoiceParts<L>): Voice<L> {
  let saidMs = -Infinity;
  let saidState: string | undefined;
  let state: { readonly name: string; readonly line: L } | undefined;
  let event: { readonly sinceMs: number; line: L } | undefined;
  let count = 0;
  let patienceMs = LINE_EVERY_MS;

  function speak(line: L, unlogged: number): void {
    saidMs = nowMs();
    event = undefined;
    count = 0;
    say(line, unlogged);
  }

  function beat(): void {
    if (nowMs() - saidMs < LINE_EVERY_MS) return;
    if (state !== undefined && state.name !== saidState) {
      const { name, line } = state;
      saidState = name;
      patienceMs = LINE_EVERY_MS;
      speak(line, count);
    } else if (event !== undefined && nowMs() - event.sinceMs >= patienceMs) {
      patienceMs = Math.min(2 * patienceMs, REPEAT_LONGEST_MS);
      speak(event.line, count - 1);
    }
  }

  return {
    stands(name, line) {
      state = { name, line };
      beat();
    },
    happened(line) {
      // After a silence as long as the last wait it is no repetition any more.
      if (event === undefined && nowMs() - saidMs > patienceMs) {
        patienceMs = LINE_EVERY_MS;
      }
      count++;
      event = { sinceMs: event?.sinceMs ?? nowMs(), line };
      beat();
    },
    beat,
  };
}
