/**
 * Progress of a long operation as one line on the terminal.
 *
 * @module
 */

import type { CliIo } from "../framework/io.ts";
import { cut } from "./text.ts";

/** Minimum interval between two updates of the line, in ms. */
const UPDATE_MS = 100;

/** A line that is rewritten in place. */
export interface ProgressLine {
  /** Replaces the text; ignored if the last update was less than 100 ms ago. */
  show(text: string): void;
  /** Clears the line. */
  close(): void;
}

/** Opens a progress line on stderr; it shows nothing if stderr is not a terminal. */
export function openProgress(io: CliIo, nowMs: () => number): ProgressLine {
  const { stderr } = io;
  if (!stderr.isTerminal) return { show() {}, close() {} };
  let shownMs = -Infinity;
  return {
    show(text) {
      if (nowMs() - shownMs < UPDATE_MS) return;
      shownMs = nowMs();
      stderr.write(`\r${cut(text, stderr.width - 1)}\x1b[K`);
    },
    close() {
      if (shownMs > -Infinity) stderr.write("\r\x1b[K");
    },
  };
}
