/**
 * `read --watch`: reads a device repeatedly and marks what changed.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { OpenDevice } from "../../discovery/open_device.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { type DeviceViewFault, readDeviceView } from "../device/device_view.ts";
import { type ListingLine, listLines } from "./listing.ts";
import { HIDE_CURSOR, redraw, RESTORE_CURSOR } from "../terminal/redraw.ts";
import { paint, type TextStyle, wantsColour } from "../terminal/style.ts";
import { cut } from "../terminal/text.ts";

/** Number of consecutive failed reads that are tolerated. */
export const FAILURES_MAX = 5;

/** The source to read, and the interval. */
export interface WatchOptions {
  readonly models: readonly number[];
  readonly all: boolean;
  readonly intervalMs: number;
}

/** Shows the device until Ctrl-C or until too many reads fail. Returns the exit code. */
export async function watchDevice(
  device: OpenDevice,
  { models, all, intervalMs }: WatchOptions,
  io: CliIo,
  fail: (fault: DeviceViewFault) => number,
): Promise<number> {
  const { stdout, signal, env } = io;
  const colour = wantsColour(stdout.isTerminal, env["NO_COLOR"]);
  let previous: ReadonlyMap<string, string> | undefined;
  let shownLines = 0;
  let failures = 0;
  stdout.write(HIDE_CURSOR);
  try {
    for (;;) {
      const startMs = SYSTEM_CLOCK.monotonicMs();
      const view = await readDeviceView(device, models);
      const state = view.ok ? timeOfDay() : `${timeOfDay()}: ${view.fault.words}`;
      failures = view.ok ? 0 : failures + 1;
      if (!view.ok && failures > FAILURES_MAX) return fail(view.fault);
      if (view.ok) {
        const lines = listLines(view.value, all);
        const frame = toFrame(lines, previous, state, {
          width: stdout.width,
          height: stdout.height,
          colour,
        });
        stdout.write(redraw(frame, shownLines));
        shownLines = frame.length;
        previous = new Map(lines.map(({ key, text }) => [key, text]));
      } else io.stderr.write(`\r${cut(state, stdout.width - 1)}\x1b[K`);
      const restMs = intervalMs - (SYSTEM_CLOCK.monotonicMs() - startMs);
      await SYSTEM_CLOCK.sleep(Math.max(0, restMs), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.ok;
  } finally {
    stdout.write(RESTORE_CURSOR);
  }
}

/** The lines that fit the screen; changed lines start with `*`. */
export function toFrame(
  lines: readonly ListingLine[],
  previous: ReadonlyMap<string, string> | undefined,
  state: string,
  style: TextStyle & { readonly height: number },
): string[] {
  const heightMax = Math.max(1, style.height - 3);
  const frame = lines.slice(0, heightMax).map(({ key, text, heading }) => {
    const changed = previous !== undefined && previous.get(key) !== text;
    const fitted = cut(text, style.width - 2);
    const tone = changed ? "good" : heading ? "bold" : "plain";
    return `${changed ? "*" : " "} ${paint(fitted, tone, style)}`.trimEnd();
  });
  const hidden = lines.length - frame.length;
  const more = hidden > 0 ? `, ${hidden} more lines (--model shows fewer models)` : "";
  const footer = cut(`${state}${more}; press Ctrl-C to stop`, style.width);
  return [...frame, paint(footer, "dim", style)];
}

function timeOfDay(): string {
  return new Date(SYSTEM_CLOCK.wallMs()).toTimeString().slice(0, 8);
}
