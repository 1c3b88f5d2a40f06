/**
 * The rounds of a send: finds the leaders, and sends each of them its partitions.
 *
 * @module
 */

import { type Attempt, type AttemptOptions, endRound } from "./attempt.ts";
import { produceToLeaders } from "./leader_requests.ts";
import { isStored, needsNewLayout, type RowBatch, splitRows } from "./outcome.ts";
import { requestProducerId } from "./producer_id.ts";
import { canSend, withProducer } from "./producer_state.ts";
import { timestampOf } from "./timestamp.ts";

/** Rounds of requests in one send. A new leader needs some 100 ms. */
const ROUNDS_MAX = 4;
/** Delay after the first round that found no leader; it increases with each. */
const LEADER_DELAY_MS = 100;

/**
 * Connects, and sends the rows. A leader that fails affects only its own batches. Repeats what a broker refuses because it is no longer the
 * leader, and once, with the other time, what it refuses because of the timestamp.
 */
export async function runAttempt(
  options: AttemptOptions,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const { cluster, directory } = options;
  const topic = attempt.rows[0]?.topic ?? "";
  let open: readonly RowBatch[] = [];
  for (let round = 1;; round++) {
    const layout = await cluster.layoutOf(topic);
    signal.throwIfAborted();
    if (!layout.ok) {
      attempt.topicFailure = layout.fault;
      return;
    }
    if (round === 1) {
      attempt.batches = splitRows(topic, attempt.rows, layout.value);
      open = attempt.batches;
    }
    const clusterId = cluster.clusterId();
    if (!canSend(attempt.producer, open, clusterId)) {
      const producer = await requestProducerId(cluster, clusterId, signal);
      attempt.producer = withProducer(producer, clusterId);
    }
    await produceToLeaders(options, attempt, layout.value, open, signal);
    signal.throwIfAborted();
    endRound(attempt);
    for (const batch of open) learnTimes(options, attempt, batch);
    const moved = open.filter((batch) => needsNewLayout(attempt.answers.get(batch)));
    const adjusted = open.filter((batch) => adjustTimes(attempt, batch));
    open = [...moved, ...adjusted];
    if (open.length === 0 || round >= ROUNDS_MAX) return;
    for (const batch of adjusted) {
      // The refusal was of the other time.
      attempt.answers.delete(batch);
      attempt.mayBeStored.delete(batch);
    }
    if (moved.length === 0) continue;
    directory.forget(topic);
    await options.clock.sleep(LEADER_DELAY_MS * round, signal);
  }
}

/** True if the batch was refused because of timestamps that can be replaced. */
function adjustTimes(
  { answers, refusedTimes, named }: Attempt,
  batch: RowBatch,
): boolean {
  const answer = answers.get(batch);
  if (answer?.failure?.errorName !== "INVALID_TIMESTAMP") return false;
  const refused = answer.culprits.length === 0
    ? batch.rows
    : answer.culprits.flatMap((index) => batch.rows[index] ?? []);
  const fresh = refused.filter(({ id }) => !refusedTimes.has(id));
  if (fresh.length === 0) return false;
  for (const { id } of fresh) {
    refusedTimes.add(id);
    if (answer.culprits.length > 0) named.add(id);
  }
  return true;
}

/** Remembers which times were refused, once the send time was accepted for these rows. */
function learnTimes(
  { directory, clock }: AttemptOptions,
  { answers, refusedTimes, named }: Attempt,
  batch: RowBatch,
): void {
  if (refusedTimes.size === 0 || !isStored(answers.get(batch))) return;
  const nowMs = clock.wallMs();
  const known = directory.timesOf(batch.topic);
  const times = batch.rows.filter(({ id, createdAtMs }) =>
    named.has(id) &&
    timestampOf(createdAtMs, nowMs, known, true).reason === "refused"
  ).map(({ createdAtMs }) => createdAtMs);
  if (times.length > 0) directory.refusedTimes(batch.topic, times);
}
