/**
 * The {@linkcode CliIo} of the process itself.
 *
 * @module
 */

import type { CliIo, TextSink } from "./io.ts";

/** What of Deno.stdout and Deno.stderr is used. */
interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** A terminal that takes nothing for so long has gone. */
const WRITE_TRIES_MAX = 2_000;

/** Makes it; the signals come from outside. */
export function createProcessIo(signals: Pick<CliIo, "signal" | "hurry">): CliIo {
  return {
    stdout: toSink(Deno.stdout),
    stderr: toSink(Deno.stderr),
    env: Deno.env.toObject(),
    ...signals,
  };
}

function toSink(stream: Stream): TextSink {
  const isTerminal = stream.isTerminal();
  let gone = false;
  return {
    isTerminal,
    get width() {
      return size(isTerminal).columns;
    },
    get height() {
      return size(isTerminal).rows;
    },
    write(text): void {
      if (!gone) gone = !writeAll(stream, new TextEncoder().encode(text));
    },
  };
}

/** Writes all of it; false once the reader has gone (`… | head`): that is its right. */
function writeAll(stream: Stream, bytes: Uint8Array): boolean {
  let at = 0;
  for (let tries = 0; at < bytes.length; tries++) {
    try {
      at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      const full = error instanceof Deno.errors.WouldBlock && tries < WRITE_TRIES_MAX;
      if (!full) return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // 1 ms
    }
  }
  return true;
}

function size(
  isTerminal: boolean,
): { readonly columns: number; readonly rows: number } {
  try {
    if (isTerminal) return Deno.consoleSize();
  } catch {
    // A terminal that does not say: the classic size will do.
  }
  return { columns: 80, rows: 24 };
}
