/**
 * Rows for the uplink's tests.
 *
 * @module
 */

import type { StoredRow } from "../../src/buffer/buffer.ts";

/** How rows are made. */
export interface RowOptions {
  /** How many keys they go round. Default 1. */
  readonly keys?: number;
  /** Payload size. Default 40 to 60. */
  readonly bytes?: number;
  /** Their time stamps; default: now. */
  readonly times?: readonly number[];
  readonly firstId?: number;
}

/** Rows whose payload begins with their id as text: `17;`, then noise. */
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

/** The id that a payload of {@linkcode makeRows} begins with. */
export function idOf(payload: Uint8Array): number {
  return Number(
    new TextDecoder("latin1").decode(payload.subarray(0, 20)).split(";")[0],
  );
}
