/**
 * `read --watch`: looks at a device again and again and marks what changed.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { redraw } from "../demo/table.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { type FoundDevice, lookAt, type LookFault } from "../shared/device_view.ts";
import { type ListingLine, listLines } from "./output.ts";
import { cut, paint, type TableStyle, wantsColour } from "../terminal/table.ts";

/** So many looks in a row may fail; one more ends it. */
export const FAILURES_MAX = 5;

/** What is watched, and how often. */
export interface WatchOptions {
  readonly models: readonly number[];
  readonly all: boolean;
  readonly intervalMs: number;
}

/** Watches until Ctrl-C, which is how it ends well, or until the device is gone. */
export async function watchDevice(
  device: FoundDevice,
  { models, all, intervalMs }: WatchOptions,
  io: CliIo,
  fail: (fault: LookFault) => number,
): Promise<number> {
  const { stdout, signal, env } = io;
  const colour = wantsColour(stdout.isTerminal, env["NO_COLOR"]);
  let before: ReadonlyMap<string, string> | undefined;
  let shown = 0;
  let failures = 0;
  stdout.write("\x1b[?25l"); // The cursor would dance.
  try {
    for (;;) {
      const startMs = SYSTEM_CLOCK.monotonicMs();
      const seen = await lookAt(device, models);
      const state = seen.ok ? clock() : `${clock()}: ${seen.fault.words}`;
      failures = seen.ok ? 0 : failures + 1;
      if (!seen.ok && failures > FAILURES_MAX) return fail(seen.fault);
      if (seen.ok) {
        const lines = listLines(seen.value, all);
        const frame = toFrame(lines, before, state, {
          width: stdout.width,
          height: stdout.height,
          colour,
        });
        stdout.write(redraw(frame, shown));
        shown = frame.length;
        before = new Map(lines.map(({ key, text }) => [key, text]));
      } else io.stderr.write(`\r${cut(state, stdout.width - 1)}\x1b[K`);
      const restMs = intervalMs - (SYSTEM_CLOCK.monotonicMs() - startMs);
      await SYSTEM_CLOCK.sleep(Math.max(0, restMs), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.ok;
  } finally {
    // What the terminal wrote for Ctrl-C goes; the cursor comes back.
    stdout.write("\r\x1b[K\x1b[?25h");
  }
}

/** What fits on the screen: a `*` stands before each line that is not as it was. */
export function toFrame(
  lines: readonly ListingLine[],
  before: ReadonlyMap<string, string> | undefined,
  state: string,
  style: TableStyle & { readonly height: number },
): string[] {
  const room = Math.max(1, style.height - 3);
  const frame = lines.slice(0, room).map(({ key, text, heading }) => {
    const changed = before !== undefined && before.get(key) !== text;
    const fitted = cut(text, style.width - 2);
    const tone = changed ? "good" : heading ? "bold" : "plain";
    return `${changed ? "*" : " "} ${paint(fitted, tone, style)}`.trimEnd();
  });
  const hidden = lines.length - frame.length;
  const more = hidden > 0 ? `, ${hidden} more lines: --model shows fewer models` : "";
  const foot = cut(`${state}${more}; Ctrl-C ends it`, style.width);
  return [...frame, paint(foot, "dim", style)];
}

function clock(): string {
  return new Date(SYSTEM_CLOCK.wallMs()).toTimeString().slice(0, 8);
}
