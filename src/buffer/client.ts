/**
 * The buffer's end in the main thread.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Result } from "../base/result.ts";
import type { Buffer, BufferFault, BufferOptions } from "./buffer.ts";

/** Opens the buffer in a worker of its own. */
export function openBuffer(
  _options: BufferOptions,
  _clock: Clock,
  _signal: AbortSignal,
): Promise<Result<Buffer, BufferFault>> {
  throw new Error("not yet");
}
