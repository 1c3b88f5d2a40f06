/**
 * The state of an idempotent producer: its id, and per partition the next sequence
 * number and the batch whose result is unknown. Pure.
 *
 * The broker discards a batch whose sequence numbers it has already stored for this
 * producer id. A batch without an answer may have been stored, so only the identical
 * batch may be sent with its numbers. The state outlives a connection: a batch that
 * was stored although its answer was lost is not stored again. It does not outlive the
 * cluster: another one gives the same ids to other producers, and would discard rows as
 * duplicates of theirs.
 *
 * @module
 */

/** Id and epoch of a producer, assigned by the broker. */
export interface ProducerId {
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** The rows of one partition in one send. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  /** Ids of the rows, in order. */
  readonly ids: readonly number[];
}

/** The state of a producer. */
export interface ProducerState {
  /** Null = a new id is needed before the next send. */
  readonly producer: ProducerId | null;
  /** Id of the cluster that assigned it; null = unknown. */
  readonly clusterId: string | null;
  /** A connection was lost: the id is used only until every batch is answered. */
  readonly isEnding: boolean;
  readonly partitions: ReadonlyMap<string, PartitionState>;
}

/** The state of one partition. */
interface PartitionState {
  readonly nextSequence: number;
  /** Ids of the batch from `nextSequence` on whose result is unknown. */
  readonly unanswered: readonly number[] | null;
}

/** No producer id was requested yet. */
export const NO_PRODUCER: ProducerState = {
  producer: null,
  clusterId: null,
  isEnding: false,
  partitions: new Map(),
};

/** Sequence numbers continue at 0 after 2^31 - 1. */
const SEQUENCES = 2 ** 31;
const NEW_PARTITION: PartitionState = { nextSequence: 0, unanswered: null };

/** The state with a new producer id: all sequences start at 0. */
export function withProducer(
  producer: ProducerId,
  clusterId: string | null,
): ProducerState {
  return { producer, clusterId, isEnding: false, partitions: new Map() };
}

/** True if these batches can be sent to this cluster with the current id. */
export function canSend(
  state: ProducerState,
  batches: readonly PartitionBatch[],
  clusterId: string | null,
): boolean {
  return state.producer !== null && state.clusterId === clusterId &&
    (!state.isEnding || isUnanswered(state)) &&
    batches.every((batch) => {
      const { unanswered } = partitionState(state, batch);
      return unanswered === null || isSame(unanswered, batch.ids);
    });
}

/** Sequence number of the first row of a batch. */
export function firstSequence(state: ProducerState, batch: PartitionBatch): number {
  return partitionState(state, batch).nextSequence;
}

/** The batches are on their way: their results are unknown. */
export function sent(
  state: ProducerState,
  batches: readonly PartitionBatch[],
): ProducerState {
  return withPartitions(state, batches, ({ nextSequence }, { ids }) => ({
    nextSequence,
    unanswered: ids,
  }));
}

/** The broker has stored the batch. */
export function accepted(state: ProducerState, batch: PartitionBatch): ProducerState {
  return withPartitions(state, [batch], ({ nextSequence }, { ids }) => ({
    nextSequence: (nextSequence + ids.length) % SEQUENCES,
    unanswered: null,
  }));
}

/** The broker has refused a batch: the next send needs a new id. */
export function refused(): ProducerState {
  return NO_PRODUCER;
}

/**
 * The state after a connection was lost. A cluster that was rebuilt can have the same
 * cluster id, so the producer id is kept only while a batch may have been stored with it.
 */
export function disconnected(state: ProducerState): ProducerState {
  return isUnanswered(state) ? { ...state, isEnding: true } : NO_PRODUCER;
}

function isUnanswered({ partitions }: ProducerState): boolean {
  return partitions.values().some(({ unanswered }) => unanswered !== null);
}

function partitionState(
  { partitions }: ProducerState,
  { topic, partition }: PartitionBatch,
): PartitionState {
  return partitions.get(`${topic}/${partition}`) ?? NEW_PARTITION;
}

function withPartitions(
  state: ProducerState,
  batches: readonly PartitionBatch[],
  next: (before: PartitionState, batch: PartitionBatch) => PartitionState,
): ProducerState {
  const partitions = new Map(state.partitions);
  for (const batch of batches) {
    const key = `${batch.topic}/${batch.partition}`;
    partitions.set(key, next(partitionState(state, batch), batch));
  }
  return { ...state, partitions };
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((id, at) => id === right[at]);
}
