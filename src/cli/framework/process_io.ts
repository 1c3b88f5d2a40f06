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

/** The process's own. */
export interface ProcessIo extends CliIo {
  readonly stdout: ProcessSink;
}

/** A stream of the process. */
interface ProcessSink extends TextSink {
  /** Why it did not take all that was written, as a full disk does not; null = it did. */
  readonly fault: string | null;
}

/** Makes it; the signals come from outside. */
export function createProcessIo(signals: Pick<CliIo, "signal" | "hurry">): ProcessIo {
  return {
    stdout: toSink(Deno.stdout),
    stderr: toSink(Deno.stderr),
    env: Deno.env.toObject(),
    ...signals,
  };
}

function toSink(stream: Stream): ProcessSink {
  const isTerminal = stream.isTerminal();
  let end: StreamEnd | null = null;
  return {
    isTerminal,
    get fault() {
      return end === null || end.is === "gone" ? null : end.why;
    },
    get width() {
      return size(isTerminal).columns;
    },
    get height() {
      return size(isTerminal).rows;
    },
    write(text): void {
      end ??= writeAll(stream, new TextEncoder().encode(text));
    },
  };
}

/** Why nothing more is written: the reader went (`… | head`), which is its right; or a fault. */
type StreamEnd = { readonly is: "gone" } | {
  readonly is: "fault";
  readonly why: string;
};

/** Writes all of it; null = it was taken. */
function writeAll(stream: Stream, bytes: Uint8Array): StreamEnd | null {
  let at = 0;
  for (let tries = 0; at < bytes.length; tries++) {
    try {
      at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      const full = error instanceof Deno.errors.WouldBlock && tries < WRITE_TRIES_MAX;
      if (!full) return endOf(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // 1 ms
    }
  }
  return null;
}

function endOf(error: unknown): StreamEnd {
  const gone = error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
  const why = error instanceof Error ? error.message : String(error);
  return gone ? { is: "gone" } : { is: "fault", why };
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
