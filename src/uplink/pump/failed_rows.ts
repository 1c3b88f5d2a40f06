/**
 * The failed rows of a send: which queue they are in, which of them stay held, and which
 * are sent again unchanged.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import type { FailedPart } from "../uplink.ts";
import { type FailureAction, isCertainlyUndelivered } from "./disposition.ts";
import type { PolicyState } from "./queue_pauses.ts";
import type { TopicQueue } from "./topic_queue.ts";

/** Rows that failed for one reason. */
export interface FailedRows extends FailedPart {
  readonly queue: TopicQueue;
  /** Other rows of the batch were answered: the destination can be reached. */
  readonly isPart: boolean;
  readonly beganMs: number;
}

/** Joins the parts with the same error; their rows are in order again. */
export function joinParts(parts: readonly FailedPart[]): FailedPart[] {
  return [...Map.groupBy(parts, ({ failure }) => failure.errorName).values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const rows = same.flatMap((part) => part.rows).toSorted((a, b) => a.id - b.id);
      const isNamed = same.every(({ culprits }) => culprits.length > 0);
      const culprits = isNamed ? same.flatMap((part) => part.culprits) : [];
      return [{ rows, failure: first.failure, culprits }];
    });
}

/** True if other rows can be sent although these got no answer. */
export function failsAlone({ queue, isPart }: FailedRows): boolean {
  return isPart || queue.keys !== null || queue.outage === "alone";
}

/**
 * Rows that may have arrived stay held, so that they are not announced as missing too.
 * The rows in memory that were not sent yet are released: they may have to wait.
 */
export function releaseHold(
  { buffer }: PolicyState,
  { queue, rows, failure, isPart }: FailedRows,
): void {
  const ids = rows.map(({ id }) => id);
  buffer.releaseUnsent();
  if (isCertainlyUndelivered(failure.errorName, isPart)) {
    buffer.release(ids.filter((id) => id > queue.uncertainUpTo));
  } else queue.uncertainUpTo = Math.max(queue.uncertainUpTo, ids.at(-1) ?? 0);
}

/** Rows before the first one that was refused are sent at once. */
export function sendBeforeCulprit(
  target: TopicQueue,
  { culprits }: FailedRows,
): boolean {
  const ids = new Set(culprits.map(({ id }) => id));
  const count = target.rows.findIndex(({ id }) => ids.has(id));
  if (count < 1) return false;
  target.pinnedRows = count;
  return true;
}

/** The queue that an action pauses. */
export function targetOf(
  { queues }: PolicyState,
  { queue, rows, failure, culprits, isPart }: FailedRows,
  action: FailureAction,
): TopicQueue {
  const scope = "scope" in action ? action.scope : "streams";
  if (scope === "topic") return queues.releaseTopic(queue.topic);
  if (!isPart) return queue;
  const refused = culprits.length > 0 ? culprits : rows;
  return queues.detach(queue, refused, failure.errorName);
}

/** The failed rows must be sent again unchanged. */
export function pin(queue: TopicQueue, rows: readonly StoredRow[]): void {
  const isFront = rows.length > 0 && queue.rows[0]?.id === rows[0]?.id &&
    queue.rows[rows.length - 1]?.id === rows.at(-1)?.id;
  queue.pinnedRows = isFront ? rows.length : null;
}
