/**
 * The {@linkcode CliIo} of the process.
 *
 * @module
 */

import type { CliIo, TextSink } from "./io.ts";

/** The methods of Deno.stdout and Deno.stderr that are used. */
interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** Limit of write attempts, 1 ms apart, on a stream that is not ready. */
const WRITE_ATTEMPTS_MAX = 2_000;

/** Input and output of the process. */
export interface ProcessIo extends CliIo {
  readonly stdout: ProcessSink;
}

/** An output stream of the process. */
interface ProcessSink extends TextSink {
  /** Why a write failed, such as a full disk; null if none did. */
  readonly fault: string | null;
}

/** Creates it from the standard streams and the given signals. */
export function createProcessIo(
  signals: Pick<CliIo, "signal" | "forceSignal">,
): ProcessIo {
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
      return end === null || end.kind === "closed" ? null : end.reason;
    },
    get width() {
      return sizeOf(isTerminal).columns;
    },
    get height() {
      return sizeOf(isTerminal).rows;
    },
    write(text): void {
      end ??= writeAll(stream, new TextEncoder().encode(text));
    },
  };
}

/** Why writing has ended: the reader closed the pipe (`… | head`), or an error. */
type StreamEnd =
  | { readonly kind: "closed" }
  | { readonly kind: "error"; readonly reason: string };

/** Writes all bytes; null if that succeeded. */
function writeAll(stream: Stream, bytes: Uint8Array): StreamEnd | null {
  let at = 0;
  for (let attempts = 0; at < bytes.length; attempts++) {
    try {
      at += stream.writeSync(bytes.subarray(at));
    } catch (error) {
      const notReady = error instanceof Deno.errors.WouldBlock &&
        attempts < WRITE_ATTEMPTS_MAX;
      if (!notReady) return toStreamEnd(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // 1 ms
    }
  }
  return null;
}

function toStreamEnd(error: unknown): StreamEnd {
  const closed = error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
  const reason = error instanceof Error ? error.message : String(error);
  return closed ? { kind: "closed" } : { kind: "error", reason };
}

function sizeOf(
  isTerminal: boolean,
): { readonly columns: number; readonly rows: number } {
  try {
    if (isTerminal) return Deno.consoleSize();
  } catch {
    // The terminal does not report its size.
  }
  return { columns: 80, rows: 24 };
}
