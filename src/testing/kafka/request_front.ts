/**
 * A front of a broker that sees each request and may answer it in place of the broker.
 *
 * @module
 */

import type { Front } from "./kafka.ts";
import { frames, writeFrame } from "../network/proxy.ts";

/** A complete request: size, API key, version, correlation id, client id and body. */
export type KafkaRequest = DataView<ArrayBufferLike>;

/** API key of a request. */
export function apiKeyOf(request: KafkaRequest): number {
  return request.getInt16(4);
}

/** Version of a request. */
export function apiVersionOf(request: KafkaRequest): number {
  return request.getInt16(6);
}

/** Correlation id of a request. */
export function correlationIdOf(request: KafkaRequest): number {
  return request.getInt32(8);
}

/** Reads the fields of a request in order. */
export interface RequestReader {
  readonly at: number;
  int16(): number;
  int32(): number;
  /** Text of a nullable string; null has no characters. */
  text(): string;
  skip(bytes: number): void;
}

/** A reader of the body of a request, which begins after the client id. */
export function readBody(request: KafkaRequest): RequestReader {
  let at = 4 + 2 + 2 + 4; // size, API key, version, correlation id
  const reader: RequestReader = {
    get at() {
      return at;
    },
    int16() {
      at += 2;
      return request.getInt16(at - 2);
    },
    int32() {
      at += 4;
      return request.getInt32(at - 4);
    },
    text() {
      const length = Math.max(0, reader.int16()); // -1 = null
      at += length;
      return new TextDecoder().decode(
        new Uint8Array(request.buffer, request.byteOffset + at - length, length),
      );
    },
    skip: (bytes) => void (at += bytes),
  };
  reader.text();
  return reader;
}

/**
 * Starts a front of the listener `127.0.0.1:target`.
 *
 * @param answer returns a complete response frame, or undefined to forward the request.
 */
export function startRequestFront(
  target: number,
  answer: (request: KafkaRequest) => Uint8Array | undefined,
): Front {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();

  function end(connection: Deno.Conn): void {
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
      const own = answer(new DataView(frame.buffer));
      const written = own === undefined
        ? await writeFrame(broker, frame)
        : await writeFrame(client, own);
      if (!written) break;
    }
    end(broker);
    await answers;
    end(client);
  }

  const serving = (async () => {
    for await (const client of listener) {
      void serve(client as Deno.TcpConn).catch(() => end(client));
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async close() {
      listener.close();
      for (const connection of open) end(connection);
      await serving;
    },
  };
}
