/**
 * An in-memory buffer for tests of the pump. Like the real one, it does not return
 * acknowledged rows again, although the next commit deletes them.
 *
 * @module
 */

import { createReadHolds } from "../buffer/worker/read_holds.ts";
import type { OldestQuery, StoredRow } from "../buffer/buffer.ts";
import type { PumpBuffer } from "../uplink/pump/pump_options.ts";

/** The part of the buffer that a pump uses, and access for tests. */
export interface MemoryBuffer extends PumpBuffer {
  /** Evicts the rows that are not held; returns their ids. */
  evict(ids: readonly number[]): number[];
  /** Ids of the rows that are held. */
  readonly held: ReadonlySet<number>;
  /** Calls of `hold()` that a buffer in a worker would answer after a round trip. */
  readonly roundTrips: number;
  /** Reads wait for this, like reads during a commit. */
  readsWaitFor: Promise<void>;
  /** Commits rows; returns their ids. The default of `key` is the topic. */
  commit(rows: readonly { topic: string; key?: string; size?: number }[]): number[];
  readonly rows: readonly StoredRow[];
  readonly deadLetters: readonly { id: number; reason: string }[];
  readonly rejections: ReadonlyMap<number, number>;
  /** Maximum number of rows returned by one read. */
  readonly readMost: number;
}

/** Creates an empty buffer. */
export function createMemoryBuffer(): MemoryBuffer {
  let rows: StoredRow[] = [];
  let nextId = 1;
  const acknowledged = new Set<number>();
  const held = new Set<number>();
  const readHolds = createReadHolds();
  let roundTrips = 0;
  const deadLetters: { id: number; reason: string }[] = [];
  const rejections = new Map<number, number>();
  const waiting = new Set<() => void>();
  let readMost = 0;
  return {
    get rows() {
      return rows.filter((row) => !acknowledged.has(row.id));
    },
    deadLetters,
    rejections,
    get readMost() {
      return readMost;
    },
    commit(added) {
      rows = rows.filter((row) => !acknowledged.has(row.id));
      acknowledged.clear();
      const ids = added.map(({ topic, key = topic, size = 10 }) => {
        const id = nextId++;
        rows.push({
          id,
          topic,
          key,
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
    get roundTrips() {
      return roundTrips;
    },
    readsWaitFor: Promise.resolve(),
    async oldest(query, signal) {
      await this.readsWaitFor;
      signal.throwIfAborted();
      const found = select(rows.filter(({ id }) => !acknowledged.has(id)), query);
      readMost = Math.max(readMost, found.length);
      if (query.hold === true) {
        const count = found.findIndex(({ id }) => held.has(id));
        const fresh = found.slice(0, count < 0 ? found.length : count);
        for (const { id } of fresh) held.add(id);
        readHolds.add(fresh);
      }
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
    held,
    evict(ids) {
      const evicted = ids.filter((id) => !held.has(id));
      rows = rows.filter((row) => !evicted.includes(row.id));
      return evicted;
    },
    async hold(wanted, signal) {
      await Promise.resolve();
      signal.throwIfAborted();
      const count = readHolds.take(wanted);
      if (count > 0) return { kind: "held", rows: count };
      roundTrips++;
      const stored = new Set(rows.map((row) => row.id));
      const ids = wanted.map(({ id }) => id).filter((id) => !stored.has(id));
      if (ids.length > 0) return { kind: "evicted", ids };
      for (const { id } of wanted) held.add(id);
      return { kind: "held", rows: wanted.length };
    },
    release: (ids) => ids.forEach((id) => held.delete(id)),
    releaseUnsent(rows) {
      const ids = rows === undefined
        ? readHolds.clear()
        : readHolds.remove(rows.map(({ id }) => id));
      for (const id of ids) held.delete(id);
    },
    acknowledge: (ids) => ids.forEach((id) => acknowledged.add(id)),
    reject: (ids) =>
      ids.forEach((id) => rejections.set(id, (rejections.get(id) ?? 0) + 1)),
    deadLetter(id, reason) {
      deadLetters.push({ id, reason });
      acknowledged.add(id);
    },
  };
}

function select(
  rows: readonly StoredRow[],
  { afterId, countMax, bytesMax, topic, exceptTopics = [] }: OldestQuery,
): readonly StoredRow[] {
  const found: StoredRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (exceptTopics.includes(row.topic)) continue;
    if (row.id <= afterId || (topic !== undefined && row.topic !== topic)) continue;
    bytes += row.payload.length;
    if (found.length > 0 && (found.length >= countMax || bytes > bytesMax)) break;
    found.push(row);
  }
  return found;
}
