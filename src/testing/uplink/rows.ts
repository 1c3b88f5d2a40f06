/**
 * Creates rows for tests of the uplink.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";

/** How rows are created. */
export interface RowOptions {
  /** Number of keys, used in rotation. Default 1. */
  readonly keys?: number;
  /** Payload size in bytes. Default 40 to 60. */
  readonly bytes?: number;
  /** Timestamps, ms since the Unix epoch; default: now. */
  readonly times?: readonly number[];
  readonly firstId?: number;
}

/** Creates rows whose payload is their id as text (`17;`), then random bytes. */
export function makeRows(
  topic: string,
  count: number,
  { keys = 1, bytes, times, firstId = 1 }: RowOptions = {},
): StoredRow[] {
  const nowMs = Date.now();
  return Array.from({ length: count }, (_, at) => {
    const id = firstId + at;
    const head = new TextEncoder().encode(`${id};`);
    const payload = new Uint8Array(bytes ?? 40 + id % 21);
    crypto.getRandomValues(payload.subarray(0, 65_536));
    payload.set(head);
    return {
      id,
      topic,
      key: `device-${id % keys}`,
      payload,
      createdAtMs: times?.[at] ?? nowMs + at,
      retryCount: 0,
    };
  });
}

/** The id at the start of a payload of {@linkcode makeRows}. */
export function idOf(payload: Uint8Array): number {
  return Number(
    new TextDecoder("latin1").decode(payload.subarray(0, 20)).split(";")[0],
  );
}
