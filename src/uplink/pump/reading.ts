/**
 * Reads rows from the buffer into the queues of a pump.
 *
 * @module
 */

import type { OldestQuery, StoredRow } from "../../buffer/buffer.ts";
import type { PumpContext } from "./pump_context.ts";
import type { TopicQueue } from "./topic_queue.ts";
import { orAbort } from "./wait.ts";

/** Maximum number of payload bytes in one read of the buffer. */
const READ_BYTES_MAX = 1024 * 1024;

/** Rows of topics that are not probed yet may fill this part of the memory. */
const UNPROBED_PART = 0.5;

/** A read may take this long: one that skips topics scans the file, from a slow disk. */
export const READ_TIME_MAX_MS = 15 * 60_000;

/** Below this share of the rows in memory, the next rows are read beside the sends. */
const READ_BELOW = 1 / 2;

/**
 * Starts to read the next rows if less than half of the memory is used, and waits for
 * them if there are too few to send. A read that is slow, because the disk is, delays no
 * row that is in memory.
 *
 * If the memory is full of rows that got no answer, rows of other topics are read: their
 * delivery shows that only these cannot move.
 */
export async function keepReading(
  pump: PumpContext,
  signal: AbortSignal,
): Promise<void> {
  const { queues, limits, clock } = pump;
  const ready = queues.ready(clock.monotonicMs());
  const isFull = ready >= limits.batchRowsMax;
  const isMuchUsed = queues.size >= limits.memoryRowsMax * READ_BELOW;
  const next = queues.next(clock.monotonicMs());
  if (isMuchUsed && next?.outage === "unclear") {
    await readOthers(pump, next, signal);
    return;
  }
  // It would not catch up with a read that moves on, and every row would be read twice.
  if (queues.isCatchingUp(clock.monotonicMs())) return;
  const isNew = pump.reading === null;
  if (isNew && (!isFull || !isMuchUsed)) {
    startReading(pump, signal);
  }
  if (ready === 0 || (isNew && !isFull)) await finishReading(pump);
}

function startReading(pump: PumpContext, signal: AbortSignal): void {
  const reading = readOn(pump, signal);
  pump.reading = reading;
  reading.then(() => {
    if (pump.reading === reading) pump.reading = null;
  }, () => {}); // a failed read is thrown by the iteration that waits for it
}

/** Waits for the read in progress, if there is one. */
export async function finishReading(pump: PumpContext): Promise<void> {
  const { reading } = pump;
  if (reading === null) return;
  try {
    await reading;
  } finally {
    pump.reading = null;
  }
}

/**
 * Reads the next rows of all topics; false if there are none. Rows of blocked topics are
 * skipped while there are others: their queues are behind, and read them later.
 */
export async function readOn(pump: PumpContext, signal: AbortSignal): Promise<boolean> {
  const { options, limits, queues } = pump;
  if (queues.unprobedRows() > limits.memoryRowsMax * UNPROBED_PART) {
    queues.releaseUnprobed();
    options.buffer.releaseUnsent();
  }
  const query = {
    afterId: queues.cursor,
    countMax: Math.max(1, limits.memoryRowsMax - queues.size),
    bytesMax: READ_BYTES_MAX,
    hold: true,
  };
  const exceptTopics = queues.blockedTopics();
  let rows: readonly StoredRow[] = [];
  if (exceptTopics.length > 0) {
    rows = await readRows(pump, { ...query, exceptTopics }, signal);
  }
  // During a probe there is no need to go past rows that may be sendable after it.
  const isProbing = exceptTopics.length > 0 && pump.probing !== null;
  if (rows.length === 0 && !isProbing) {
    rows = await readRows(pump, query, signal);
  }
  if (queues.cursor !== query.afterId) {
    // The common read has returned to rows before these.
    options.buffer.releaseUnsent(rows);
    return true;
  }
  const skipped = queues.append(rows);
  if (skipped.length > 0) options.buffer.releaseUnsent(skipped);
  return rows.length > 0;
}

/**
 * Reads rows of topics that have none in memory, if there are any in the buffer.
 *
 * @param next the queue that is sent if there are none
 */
async function readOthers(
  pump: PumpContext,
  next: TopicQueue,
  signal: AbortSignal,
): Promise<void> {
  const { limits, queues } = pump;
  await finishReading(pump);
  makeRoom(pump, next);
  const rows = await readRows(pump, {
    afterId: queues.cursor,
    countMax: Math.max(1, limits.memoryRowsMax - queues.size),
    bytesMax: READ_BYTES_MAX,
    exceptTopics: queues.waitingTopics(),
  }, signal);
  if (rows.length === 0) return;
  queues.passOver();
  queues.append(rows);
}

/** Reads from the buffer; a read in progress counts as progress of the pump. */
async function readRows(
  pump: PumpContext,
  query: OldestQuery,
  signal: AbortSignal,
): Promise<readonly StoredRow[]> {
  pump.readSinceMs = pump.clock.monotonicMs();
  try {
    return await orAbort(pump.options.buffer.oldest(query, signal), signal);
  } finally {
    pump.readSinceMs = null;
  }
}

/** Makes room for a batch; rows of `kept` stay in memory. */
function makeRoom({ options, limits, queues }: PumpContext, kept: TopicQueue): void {
  const before = queues.size;
  queues.makeRoom(Math.max(0, limits.memoryRowsMax - limits.batchRowsMax), kept);
  if (queues.size < before) options.buffer.releaseUnsent();
}

/** Reads the next rows of a queue that is behind; newer rows of others make room. */
export async function readBehind(
  pump: PumpContext,
  queue: TopicQueue,
  signal: AbortSignal,
): Promise<void> {
  const { limits, queues } = pump;
  // Its limit of rows in memory does not include these rows, and it may skip this topic.
  await finishReading(pump);
  makeRoom(pump, queue);
  const rows = await readRows(pump, {
    afterId: queue.cursor,
    countMax: Math.max(
      1,
      Math.min(limits.batchRowsMax, limits.memoryRowsMax - queues.size),
    ),
    bytesMax: READ_BYTES_MAX,
    topic: queue.topic,
  }, signal);
  queues.catchUp(queue, rows);
  pump.failures.endIfEmpty(queue);
}
