/**
 * A bounded queue between two tasks of one thread.
 *
 * @module
 */

/** A first-in, first-out queue with a hard bound. */
export interface Channel<T> {
  /** Number of items in the queue. */
  readonly size: number;
  /** Maximum number of items in the queue. */
  readonly capacity: number;
  /** True once {@linkcode Channel.close} was called. */
  readonly closed: boolean;
  /**
   * Appends an item; returns false and does nothing if the channel is full or closed.
   */
  trySend(item: T): boolean;
  /** Resolves once the channel has space for an item or is closed. */
  waitForSpace(signal: AbortSignal): Promise<void>;
  /**
   * Removes up to `countMax` items; waits until there is at least one.
   * An empty array means that the channel is closed and empty.
   */
  receive(countMax: number, signal: AbortSignal): Promise<T[]>;
  /** Removes up to `countMax` items without waiting. */
  take(countMax: number): T[];
  /** Rejects further items; queued items can still be received. */
  close(): void;
}

/**
 * Creates a channel.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert";
 * import { createChannel } from "./channel.ts";
 *
 * const channel = createChannel<number>(2);
 * strictEqual(channel.trySend(1), true);
 * strictEqual(channel.trySend(2), true);
 * strictEqual(channel.trySend(3), false);
 * deepStrictEqual(await channel.receive(10, new AbortController().signal), [1, 2]);
 * ```
 */
export function createChannel<T>(capacity: number): Channel<T> {
  const items: T[] = [];
  let closed = false;
  const receivers = createWaiters();
  const senders = createWaiters();

  function take(countMax: number): T[] {
    const taken = items.splice(0, countMax);
    if (taken.length > 0) senders.wakeAll();
    return taken;
  }

  return {
    capacity,
    get size() {
      return items.length;
    },
    get closed() {
      return closed;
    },
    trySend(item) {
      if (closed || items.length >= capacity) return false;
      items.push(item);
      receivers.wakeAll();
      return true;
    },
    async waitForSpace(signal) {
      while (!closed && items.length >= capacity) await senders.wait(signal);
    },
    async receive(countMax, signal) {
      while (items.length === 0) {
        if (closed) return [];
        await receivers.wait(signal);
      }
      return take(countMax);
    },
    take,
    close() {
      closed = true;
      receivers.wakeAll();
      senders.wakeAll();
    },
  };
}

interface Waiters {
  wait(signal: AbortSignal): Promise<void>;
  wakeAll(): void;
}

function createWaiters(): Waiters {
  const waiting = new Set<() => void>();
  return {
    wait(signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const wake = (): void => {
        signal.removeEventListener("abort", fail);
        resolve();
      };
      const fail = (): void => {
        waiting.delete(wake);
        reject(signal.reason);
      };
      waiting.add(wake);
      signal.addEventListener("abort", fail, { once: true });
      return promise;
    },
    wakeAll() {
      const woken = [...waiting];
      waiting.clear();
      for (const wake of woken) wake();
    },
  };
}
