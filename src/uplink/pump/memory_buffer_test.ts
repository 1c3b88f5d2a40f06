/**
 * A buffer in memory for the pump's tests: rows that were settled stay visible
 * until the next commit, as in the real one.
 *
 * @module
 */

import type { Buffer, StoredRow } from "../../buffer/buffer.ts";

/** What a pump asks of a buffer, and what a test asks of it. */
export interface MemoryBuffer
  extends Pick<Buffer, "waitForRows" | "oldest" | "settle" | "refused" | "bury"> {
  /** Commits rows with these topics and sizes; gives their ids. */
  commit(rows: readonly { topic: string; size?: number }[]): number[];
  readonly rows: readonly StoredRow[];
  readonly buried: readonly { id: number; reason: string }[];
  readonly refusals: ReadonlyMap<number, number>;
  /** The most rows that one reading gave. */
  readonly readMost: number;
}

/** Makes an empty buffer. */
export function createMemoryBuffer(): MemoryBuffer {
  let rows: StoredRow[] = [];
  let nextId = 1;
  const settled = new Set<number>();
  const buried: { id: number; reason: string }[] = [];
  const refusals = new Map<number, number>();
  const waiting = new Set<() => void>();
  let readMost = 0;
  return {
    get rows() {
      return rows.filter((row) => !settled.has(row.id));
    },
    buried,
    refusals,
    get readMost() {
      return readMost;
    },
    commit(made) {
      rows = rows.filter((row) => !settled.has(row.id));
      settled.clear();
      const ids = made.map(({ topic, size = 10 }) => {
        const id = nextId++;
        rows.push({
          id,
          topic,
          key: topic,
          payload: new Uint8Array(size),
          createdAtMs: id,
          retryCount: 0,
        });
        return id;
      });
      for (const wake of waiting) wake();
      waiting.clear();
      return ids;
    },
    async oldest({ afterId, countMax, bytesMax, topic }, signal) {
      await Promise.resolve();
      signal.throwIfAborted();
      const found: StoredRow[] = [];
      let bytes = 0;
      for (const row of rows) {
        if (row.id <= afterId || (topic !== undefined && row.topic !== topic)) continue;
        bytes += row.payload.length;
        if (found.length > 0 && (found.length >= countMax || bytes > bytesMax)) break;
        found.push(row);
      }
      readMost = Math.max(readMost, found.length);
      return found;
    },
    async waitForRows(afterId, signal) {
      while (!rows.some((row) => row.id > afterId)) {
        signal.throwIfAborted();
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const fail = (): void => reject(signal.reason);
        signal.addEventListener("abort", fail, { once: true });
        waiting.add(resolve);
        await promise.finally(() => signal.removeEventListener("abort", fail));
      }
    },
    settle: (ids) => ids.forEach((id) => settled.add(id)),
    refused: (ids) =>
      ids.forEach((id) => refusals.set(id, (refusals.get(id) ?? 0) + 1)),
    bury(id, reason) {
      buried.push({ id, reason });
      settled.add(id);
    },
  };
}
