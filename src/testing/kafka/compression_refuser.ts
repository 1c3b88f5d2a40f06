/**
 * A front of a broker that refuses compressed batches, as brokers without a codec do:
 * it answers such a Produce request itself and forwards everything else.
 *
 * @module
 */

import type { Front } from "./kafka.ts";
import { frames, writeFrame } from "../network/proxy.ts";

/** Errors that brokers use (https://kafka.apache.org/protocol.html#protocol_error_codes). */
export const UNSUPPORTED_FOR_MESSAGE_FORMAT = 43;
export const UNSUPPORTED_COMPRESSION_TYPE = 76;

const PRODUCE = 0;
/** Offset of the attributes in a record batch, whose lowest three bits are the codec. */
const ATTRIBUTES_AT = 21;
const CODEC_MASK = 0x07;

/** -1 as 64-bit integer. */
const UNKNOWN: readonly number[] = new Array(8).fill(0xff);

/** The front. */
export interface CompressionRefuser extends Front {
  /** Error code of the answers. */
  errorCode: number;
  /** Codecs of the batches that were refused. */
  readonly refused: readonly number[];
}

/** Starts a front of the listener `127.0.0.1:target`. */
export function startCompressionRefuser(target: number): CompressionRefuser {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const refused: number[] = [];
  const front: CompressionRefuser = {
    port: (listener.addr as Deno.NetAddr).port,
    errorCode: UNSUPPORTED_COMPRESSION_TYPE,
    refused,
    async close() {
      listener.close();
      for (const connection of open) end(connection);
      await serving;
    },
  };

  function end(connection: Deno.TcpConn): void {
    if (open.delete(connection)) connection.close();
  }

  async function forward(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    for await (const frame of frames(from)) {
      if (!await writeFrame(to, frame)) break;
    }
    end(to);
  }

  async function serve(client: Deno.TcpConn): Promise<void> {
    open.add(client);
    const broker = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(broker);
    const answers = forward(broker, client);
    for await (const frame of frames(client)) {
      const request = new DataView(frame.buffer);
      const codecs = request.getInt16(4) === PRODUCE ? partitionsOf(request) : [];
      const isCompressed = codecs.some(({ codec }) => codec !== 0);
      if (isCompressed) refused.push(...codecs.map(({ codec }) => codec));
      const written = isCompressed
        ? await writeFrame(client, refusal(request, codecs, front.errorCode))
        : await writeFrame(broker, frame);
      if (!written) break;
    }
    end(broker);
    await answers;
    end(client);
  }

  const serving = (async () => {
    for await (const client of listener) {
      void serve(client as Deno.TcpConn).catch(() => end(client as Deno.TcpConn));
    }
  })();
  return front;
}

/** A partition of a Produce request. */
interface Partition {
  readonly topic: Uint8Array;
  readonly index: number;
  /** Number of the codec of its batch; 0 = not compressed. */
  readonly codec: number;
}

/** The partitions of a Produce request, version 3 to 8. */
function partitionsOf(view: DataView): Partition[] {
  const partitions: Partition[] = [];
  let at = 4 + 2 + 2 + 4; // size, API key, version, correlation id
  const int16 = (): number => (at += 2, view.getInt16(at - 2));
  const int32 = (): number => (at += 4, view.getInt32(at - 4));
  const skipText = (): void => {
    const length = int16(); // -1 = null
    at += Math.max(0, length);
  };
  skipText(); // client id
  skipText(); // transactional id
  at += 2 + 4; // acks, timeout
  for (let topics = int32(); topics > 0; topics--) {
    const length = int16();
    const topic = new Uint8Array(view.buffer, at, length);
    at += length;
    for (let count = int32(); count > 0; count--) {
      const index = int32();
      const bytes = int32();
      partitions.push({
        topic,
        index,
        codec: view.getInt16(at + ATTRIBUTES_AT) & CODEC_MASK,
      });
      at += bytes;
    }
  }
  return partitions;
}

/** The response, version 5 to 7, that refuses all partitions of a request. */
function refusal(
  request: DataView,
  partitions: readonly Partition[],
  errorCode: number,
): Uint8Array {
  const parts: number[] = [];
  const int = (value: number, bytes: number): void => {
    for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      parts.push((value >> shift) & 0xff);
    }
  };
  int(request.getInt32(8), 4);
  // One topic entry for each partition: the protocol allows a repeated topic.
  int(partitions.length, 4);
  for (const { topic, index } of partitions) {
    int(topic.length, 2);
    parts.push(...topic);
    int(1, 4);
    int(index, 4);
    int(errorCode, 2);
    parts.push(...UNKNOWN, ...UNKNOWN, ...UNKNOWN); // offset, time, start offset
  }
  int(0, 4); // throttle time
  const frame = new Uint8Array(4 + parts.length);
  new DataView(frame.buffer).setInt32(0, parts.length);
  frame.set(parts, 4);
  return frame;
}
