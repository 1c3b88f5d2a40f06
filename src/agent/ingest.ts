/**
 * From drafts to rows: a record gets its number and its bytes at the moment
 * there is room for it on the way to the buffer, never before. So no number is
 * given to a record that then has nowhere to go.
 *
 * @module
 */

import { type Channel, createChannel } from "../base/channel.ts";
import type { Clock } from "../base/clock.ts";
import type { Buffer, NewRow, PendingGap } from "../buffer/buffer.ts";
import type { Codec } from "../records/avro/codec.ts";
import { type Draft, type RecordType, streamName } from "../records/record.ts";
import type { StreamBook } from "../records/sequence_numbering.ts";

/** How many rows may wait on their way to the buffer. */
export const ROWS_WAITING_MAX = 10_000;

/** How many rows are handed to the buffer at once. */
const ROWS_PER_APPEND_MAX = 500;

/**
 * Rows that follow within this time of a handing over go together: each
 * message wakes the buffer's thread, which costs more than the row itself.
 */
const GATHER_MS = 50;

/** What the intake needs. */
export interface IntakeOptions {
  readonly clock: Clock;
  readonly codec: Codec;
  readonly book: StreamBook;
  /** Where each type of record goes. */
  readonly topicOf: (type: RecordType) => string;
  /** Told of a draft that cannot be encoded (a bug): it gets no number and no row. */
  readonly onRefused: (draft: Draft, error: RangeError) => void;
}

/** Takes drafts, hands rows to the buffer. */
export interface Intake {
  /** Records made: numbered, encoded and on their way, since the start. */
  readonly made: number;
  /** Rows that wait to be handed to the buffer. */
  readonly waiting: number;
  /** True once {@linkcode Intake.close} was called. */
  readonly closed: boolean;
  /**
   * Takes drafts in order, waiting for room.
   *
   * @throws the reason of `signal`; drafts that were not taken by then have no number.
   */
  offer(
    drafts: readonly Draft[],
    signal: AbortSignal,
    announcesGap?: PendingGap,
  ): Promise<void>;
  /** Hands rows to the buffer until the intake is closed and empty. */
  run(buffer: Pick<Buffer, "append">, signal: AbortSignal): Promise<void>;
  /** Takes no more; {@linkcode Intake.run} ends once what waits was handed over. */
  close(): void;
}

/** Makes an intake. */
export function createIntake(options: IntakeOptions): Intake {
  const channel: Channel<NewRow> = createChannel(ROWS_WAITING_MAX);
  let made = 0;

  function toRow(draft: Draft, announcesGap?: PendingGap): NewRow | undefined {
    const { gateway, device_id: deviceId, sampled_at: createdAtMs } = draft.source;
    const stream = streamName(gateway, deviceId, draft.type);
    const numbering = options.book.next(stream);
    let payload: Uint8Array;
    try {
      payload = options.codec.encode(draft, numbering);
    } catch (error) {
      options.book.takeBack(stream); // a hole in the numbers would look like a loss
      if (!(error instanceof RangeError)) throw error;
      options.onRefused(draft, error);
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
    async offer(drafts, signal, announcesGap) {
      for (const draft of drafts) {
        await channel.room(signal);
        if (channel.closed) {
          throw new Error("Cannot take a record: the intake is closed");
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
