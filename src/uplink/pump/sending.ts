/**
 * Sends one batch of a queue and carries out its result.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import type { SendResult } from "../uplink.ts";
import { countFitting } from "./batch.ts";
import type { PumpContext } from "./pump_context.ts";
import type { TopicQueue } from "./topic_queue.ts";
import { orAbort } from "./wait.ts";

/** Sends the next batch of a queue that has rows in memory. */
export async function sendNext(
  pump: PumpContext,
  queue: TopicQueue,
  signal: AbortSignal,
): Promise<void> {
  const { options, limits, clock, queues, status, failures } = pump;
  const count = queue.pinnedRows ??
    countFitting(queue.rows, queue.bound.rowsMax, limits.batchBytesMax);
  const batch = await hold(pump, queue, count, signal);
  if (batch.length === 0) return;
  const isRetry = queue.notBeforeMs !== -Infinity;
  status.setState("sending");
  const beganMs = clock.monotonicMs();
  pump.sendOverMs = beganMs + limits.sendLimitMs;
  const result = await orAbort(options.uplink.send(batch, signal), signal);
  pump.sendOverMs = -Infinity;
  pump.lastMoveMs = clock.monotonicMs();
  const durationMs = pump.lastMoveMs - beganMs;
  const delivered = deliveredRows(batch, result);
  if (delivered.length > 0) acknowledge(pump, queue, delivered, durationMs);
  if (!result.ok) {
    if (delivered.length > 0) failures.deliveredPartly(queue);
    failures.failed({ queue, rows: batch, result, beganMs });
    if (isRetry) queues.delayRetries(pump.lastMoveMs, durationMs);
  } else {
    queue.bound.grow(batch.length, durationMs < limits.messageTimeoutMs / 2);
    if (queue.lastErrorName !== null) status.recovered(queue.topic, queue.failures);
    failures.delivered(queue);
  }
  failures.endIfEmpty(queue);
  if (delivered.length > 0 && !queues.isBlocked(queue.topic)) {
    status.clear(queue.topic);
  }
}

/** Holds the first `count` rows, or fewer; empty if some of them were evicted. */
async function hold(
  { options, queues, failures }: PumpContext,
  queue: TopicQueue,
  count: number,
  signal: AbortSignal,
): Promise<readonly StoredRow[]> {
  const batch = queue.rows.slice(0, count);
  const result = await orAbort(options.buffer.hold(batch, signal), signal);
  if (result.kind === "held") return batch.slice(0, result.rows);
  queues.remove(queue, result.ids);
  queue.pinnedRows = null;
  failures.endIfEmpty(queue);
  return [];
}

/** The rows of a batch that are durable at the destination. */
function deliveredRows(
  batch: readonly StoredRow[],
  result: SendResult,
): readonly StoredRow[] {
  if (result.ok) return batch;
  if (result.parts === undefined) return [];
  const failed = new Set(result.parts.flatMap(({ rows }) => rows.map(({ id }) => id)));
  return batch.filter(({ id }) => !failed.has(id));
}

function acknowledge(
  { options, queues, status }: PumpContext,
  queue: TopicQueue,
  rows: readonly StoredRow[],
  durationMs: number,
): void {
  const ids = rows.map(({ id }) => id);
  options.buffer.acknowledge(ids);
  queues.remove(queue, ids);
  options.onDelivered?.(rows, durationMs);
  status.delivered(rows);
}
