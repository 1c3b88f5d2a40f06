/**
 * Reads rows from the buffer into the queues of a pump.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import type { PumpContext } from "./pump_context.ts";
import type { TopicQueue } from "./topic_queue.ts";
import { orAbort } from "./wait.ts";

/** Maximum number of payload bytes in one read of the buffer. */
const READ_BYTES_MAX = 1024 * 1024;

/** Rows of topics that are not probed yet may fill this part of the memory. */
const UNPROBED_PART = 0.5;

/**
 * Reads the next rows of all topics; false if there are none. Rows of blocked topics are
 * skipped while there are others: their queues are behind, and read them later.
 */
export async function readOn(pump: PumpContext, signal: AbortSignal): Promise<boolean> {
  const { options, limits, queues } = pump;
  if (queues.unprobedRows() > limits.memoryRowsMax * UNPROBED_PART) {
    queues.releaseUnprobed();
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
    rows = await orAbort(
      options.buffer.oldest({ ...query, exceptTopics }, signal),
      signal,
    );
  }
  // During a probe there is no need to go past rows that may be sendable after it.
  const isProbing = exceptTopics.length > 0 && pump.probing !== null;
  if (rows.length === 0 && !isProbing) {
    rows = await orAbort(options.buffer.oldest(query, signal), signal);
  }
  const skipped = queues.append(rows);
  if (skipped.length > 0) options.buffer.releaseUnsent(skipped);
  return rows.length > 0;
}

/** Reads the next rows of a queue that is behind; newer rows of others make room. */
export async function readBehind(
  { options, limits, queues }: PumpContext,
  queue: TopicQueue,
  signal: AbortSignal,
): Promise<void> {
  queues.makeRoom(Math.max(0, limits.memoryRowsMax - limits.batchRowsMax));
  const rows = await orAbort(
    options.buffer.oldest({
      afterId: queue.cursor,
      countMax: Math.max(
        1,
        Math.min(limits.batchRowsMax, limits.memoryRowsMax - queues.size),
      ),
      bytesMax: READ_BYTES_MAX,
      topic: queue.topic,
    }, signal),
    signal,
  );
  queues.catchUp(queue, rows);
}
