/**
 * Draws frames of text over each other on a terminal. Pure.
 *
 * @module
 */

/** Terminals cut a line that is too wide (after the window shrank) instead of wrapping it. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/** Hides the cursor, which otherwise jumps with every frame. */
export const HIDE_CURSOR = "\x1b[?25l";
/** Clears what the terminal printed for Ctrl-C (`^C`) and shows the cursor. */
export const RESTORE_CURSOR = "\r\x1b[K\x1b[?25h";

/**
 * Renders the output that replaces the previous frame by `frame`.
 *
 * @param previousLines number of lines of the previous frame; 0 for the first.
 */
export function redraw(frame: readonly string[], previousLines: number): string {
  const up = previousLines > 0 ? `\x1b[${previousLines}A\r` : "";
  const lines = frame.map((line) => `${line}\x1b[K\n`).join("");
  return `${up}${WRAP_OFF}${lines}${WRAP_ON}\x1b[J`;
}
