/**
 * One line on the terminal that says how far long work is; nothing where nobody
 * looks.
 *
 * @module
 */

import type { CliIo } from "../framework/io.ts";
import { cut } from "./table.ts";

/** Between two changes of the line, in ms. */
const CHANGE_MS = 100;

/** The line. */
export interface ProgressLine {
  /** Shows a text in place of the one before, if it is time. */
  show(text: string): void;
  /** Takes the line away. */
  close(): void;
}

/** Opens the line on stderr. */
export function openProgress(io: CliIo, nowMs: () => number): ProgressLine {
  const { stderr } = io;
  if (!stderr.isTerminal) return { show() {}, close() {} };
  let shownMs = -Infinity;
  return {
    show(text) {
      if (nowMs() - shownMs < CHANGE_MS) return;
      shownMs = nowMs();
      stderr.write(`\r${cut(text, stderr.width - 1)}\x1b[K`);
    },
    close() {
      if (shownMs > -Infinity) stderr.write("\r\x1b[K");
    },
  };
}
