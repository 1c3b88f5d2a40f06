/**
 * Turns drafts into rows: a record is numbered and encoded once there is room for it in
 * the queue to the write buffer, never before. No number is assigned to a record that
 * cannot be queued.
 *
 * @module
 */

import { type Channel, createChannel } from "../base/channel.ts";
import type { Clock } from "../base/clock.ts";
import type { Buffer, NewRow, PendingGap } from "../buffer/buffer.ts";
import type { Codec } from "../records/avro/codec.ts";
import { createStreamNames, type Draft } from "../records/record.ts";
import { flagTime } from "../records/time_quality.ts";
import type { SequenceNumbering } from "../records/sequence_numbering.ts";
import type { TopicOf } from "./agent_types.ts";

/** Maximum number of rows in the queue to the write buffer. */
export const ROWS_WAITING_MAX = 10_000;

/** Maximum number of rows that are passed to the buffer at once. */
const ROWS_PER_APPEND_MAX = 500;

/**
 * Time to collect rows after an append, in ms: each message wakes the buffer's thread,
 * which costs more than the row itself.
 */
const GATHER_MS = 50;

/** The interfaces that the ingest uses. */
export interface IngestOptions {
  readonly clock: Clock;
  readonly codec: Codec;
  readonly numbering: SequenceNumbering;
  readonly topicOf: TopicOf;
  /** Receives a draft that cannot be encoded (a bug); it gets no number and no row. */
  readonly onRejected: (draft: Draft, error: RangeError) => void;
}

/** Accepts drafts and passes rows to the buffer. */
export interface Ingest {
  /** Number of records that were numbered, encoded and queued since the start. */
  readonly made: number;
  /** Number of rows in the queue. */
  readonly waiting: number;
  /** True once {@linkcode Ingest.close} was called. */
  readonly closed: boolean;
  /**
   * Numbers, encodes and queues drafts in order; waits while the queue is full.
   *
   * @throws the reason of `signal`; drafts that were not queued by then have no number.
   */
  append(
    drafts: readonly Draft[],
    signal: AbortSignal,
    announcesGap?: PendingGap,
  ): Promise<void>;
  /** Passes rows to the buffer until the ingest is closed and the queue is empty. */
  run(buffer: Pick<Buffer, "append">, signal: AbortSignal): Promise<void>;
  /** Accepts no more drafts; {@linkcode Ingest.run} ends once the queue is empty. */
  close(): void;
}

/** Creates an ingest. */
export function createIngest(options: IngestOptions): Ingest {
  const channel: Channel<NewRow> = createChannel(ROWS_WAITING_MAX);
  const nameOf = createStreamNames();
  let made = 0;

  function toRow(draft: Draft, announcesGap?: PendingGap): NewRow | undefined {
    const { gateway, device_id: deviceId, sampled_at: createdAtMs } = draft.source;
    const stream = nameOf(gateway, deviceId, draft.type);
    const numbering = options.numbering.next(stream);
    let payload: Uint8Array;
    try {
      payload = options.codec.encode(flagTime(draft), numbering);
    } catch (error) {
      options.numbering.rollBack(stream); // a missing number would be reported as a loss
      if (!(error instanceof RangeError)) throw error;
      options.onRejected(draft, error);
      return undefined;
    }
    return {
      stream,
      epoch: numbering.epoch,
      seq: numbering.seq,
      topic: options.topicOf(draft.type),
      key: deviceId,
      payload,
      createdAtMs,
      ...(announcesGap === undefined ? {} : { announcesGap }),
    };
  }

  return {
    get made() {
      return made;
    },
    get waiting() {
      return channel.size;
    },
    get closed() {
      return channel.closed;
    },
    async append(drafts, signal, announcesGap) {
      for (const draft of drafts) {
        await channel.waitForSpace(signal);
        if (channel.closed) {
          throw new Error("Cannot append a record: the ingest is closed");
        }
        const row = toRow(draft, announcesGap);
        if (row === undefined) continue;
        channel.trySend(row);
        made++;
      }
    },
    async run(buffer, signal) {
      for (;;) {
        const rows = await channel.receive(ROWS_PER_APPEND_MAX, signal);
        if (rows.length === 0) return;
        await buffer.append(rows, signal);
        if (!channel.closed && channel.size < ROWS_PER_APPEND_MAX) {
          await options.clock.sleep(GATHER_MS, signal);
        }
      }
    },
    close: () => channel.close(),
  };
}
