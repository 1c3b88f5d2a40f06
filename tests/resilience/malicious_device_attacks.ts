/**
 * Faulty answers of a device. All bytes other than the correct answer have
 * recognisable values, so that a wrong value in a record is noticed.
 *
 * @module
 */

import {
  answerTo,
  exceptionTo,
  type RawConnection,
} from "../../src/testing/devices/raw_peer.ts";
import type { AttackContext } from "./malicious_device.ts";
import { pause } from "../../src/testing/pause.ts";

/** An attack. */
export interface RequestAttack {
  readonly what: string;
  /** True if the attacked poll may still succeed: the answer is unusual but correct. */
  readonly mayPass?: boolean;
  readonly attack: (scene: AttackContext, timeoutMs: number) => Promise<unknown>;
}

const poison = (): number => 0x0bad;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (line: string): Uint8Array => new TextEncoder().encode(line);
const both = (a: Uint8Array, b: Uint8Array): Uint8Array => bytes(...a, ...b);

/** Bytes of an endless flood after which the client counts as reading it to the end. */
const FLOOD_CHUNKS_MAX = 20_000;

/** Sends endlessly; the client must close. */
export async function flood(
  connection: RawConnection,
  chunk: Uint8Array,
): Promise<void> {
  for (let sent = 0; sent < FLOOD_CHUNKS_MAX; sent++) {
    if (!await connection.send(chunk)) return;
  }
  throw new Error("The agent read the flood to its limit");
}

/** The same bytes repeated, about 64 KiB. */
export function repeat(frame: Uint8Array): Uint8Array {
  const times = Math.ceil(65_536 / frame.length);
  const all = new Uint8Array(times * frame.length);
  for (let at = 0; at < times; at++) all.set(frame, at * frame.length);
  return all;
}

/** Attacks of a unit on one of its requests. */
export const REQUEST_ATTACKS: readonly RequestAttack[] = [
  {
    what: "answers after the deadline",
    attack: async ({ connection, correctAnswer }, timeoutMs) => {
      await pause(timeoutMs + 100);
      await connection.send(correctAnswer);
    },
  },
  {
    what: "answers with another transaction id",
    attack: ({ connection, request }) =>
      connection.send(
        answerTo(request, { transactionId: request.transactionId ^ 0x101 }, poison),
      ),
  },
  {
    what: "answers with the transaction id of the request before",
    attack: ({ connection, request }) =>
      connection.send(
        answerTo(
          request,
          { transactionId: (request.transactionId + 255) % 256 },
          poison,
        ),
      ),
  },
  {
    what: "answers for another unit",
    attack: ({ connection, request }) =>
      connection.send(answerTo(request, { unitId: 4 }, poison)),
  },
  {
    what: "sends an exception of another unit",
    attack: ({ connection, request }) => connection.send(exceptionTo(request, 2, 4)),
  },
  {
    what: "answers with the other read function",
    attack: ({ connection, request }) => {
      const functionCode = request.functionCode ^ 7;
      return connection.send(answerTo(request, { functionCode }, poison));
    },
  },
  {
    what: "answers with the function code of a write",
    attack: ({ connection, request }) =>
      connection.send(answerTo(request, { functionCode: 16 }, poison)),
  },
  {
    what: "states a wrong byte count",
    attack: ({ connection, request }) =>
      connection.send(
        answerTo(request, { byteCount: 2 * request.count - 2 }, poison),
      ),
  },
  {
    what: "answers with one register too few, well-formed",
    attack: ({ connection, request }) =>
      connection.send(answerTo({ ...request, count: request.count - 1 }, {}, poison)),
  },
  {
    what: "answers with one register too many, well-formed",
    attack: ({ connection, request }) =>
      connection.send(answerTo({ ...request, count: request.count + 1 }, {}, poison)),
  },
  {
    what: "sends less than its header states, then nothing",
    attack: ({ connection, correctAnswer }) =>
      connection.send(correctAnswer.subarray(0, -3)),
  },
  {
    what: "states a header shorter than what follows",
    attack: ({ connection, request }) =>
      connection.send(answerTo(request, { length: 5 }, poison)),
  },
  {
    what: "states another protocol",
    attack: ({ connection, request }) =>
      connection.send(answerTo(request, { protocolId: 1 }, poison)),
  },
  {
    what: "sends the correct answer in single bytes",
    mayPass: true,
    attack: async ({ connection, correctAnswer }) => {
      for (const byte of correctAnswer.subarray(0, 40)) {
        if (!await connection.send(bytes(byte))) return;
      }
      await pause(5);
      await connection.send(correctAnswer.subarray(40));
    },
  },
  {
    what: "sends bytes so slowly that the connection is never idle",
    attack: async ({ connection, correctAnswer }, timeoutMs) => {
      for (const byte of correctAnswer) {
        if (!await connection.send(bytes(byte))) return;
        await pause(timeoutMs / 8);
      }
    },
  },
  {
    what: "sends garbage before the correct answer",
    attack: ({ connection, correctAnswer }) =>
      connection.send(both(bytes(0xde, 0xad, 0xbe, 0xef, 0x00), correctAnswer)),
  },
  {
    what: "answers twice, the second time with other values",
    mayPass: true,
    attack: ({ connection, request, correctAnswer }) =>
      connection.send(both(correctAnswer, answerTo(request, {}, poison))),
  },
  {
    what: "sends the answer to the next request along with this one's",
    mayPass: true,
    attack: ({ connection, request, correctAnswer }) => {
      const transactionId = (request.transactionId + 1) % 256;
      return connection.send(
        both(correctAnswer, answerTo(request, { transactionId }, poison)),
      );
    },
  },
  {
    what: "answers correctly, and sends garbage shortly after",
    mayPass: true,
    attack: async ({ connection, correctAnswer }) => {
      await connection.send(correctAnswer);
      await pause(3);
      await connection.send(bytes(0xde, 0xad, 0xbe, 0xef));
    },
  },
  {
    what: "answers correctly, and closes immediately",
    mayPass: true,
    attack: async ({ connection, correctAnswer }) => {
      await connection.send(correctAnswer);
      connection.close();
    },
  },
  {
    what: "floods endlessly",
    attack: ({ connection }) => flood(connection, new Uint8Array(65_536).fill(0x55)),
  },
  {
    what: "floods with zeros",
    attack: ({ connection }) => flood(connection, new Uint8Array(65_536)),
  },
  {
    what: "floods with answers, the correct one first",
    mayPass: true,
    attack: async ({ connection, request, correctAnswer }) => {
      await connection.send(correctAnswer);
      await flood(connection, repeat(answerTo(request, {}, poison)));
    },
  },
  { what: "does not answer", attack: () => Promise.resolve() },
  {
    what: "closes instead of answering",
    attack: ({ connection }) => Promise.resolve(connection.close()),
  },
  {
    what: "closes in the middle of the answer",
    attack: async ({ connection, correctAnswer }) => {
      await connection.send(correctAnswer.subarray(0, 11));
      connection.close();
    },
  },
  {
    what: "sends an SSH banner",
    attack: ({ connection }) => connection.send(text("SSH-2.0-dropbear_2019.78\r\n")),
  },
  {
    what: "answers with HTTP",
    attack: ({ connection }) =>
      connection.send(text("HTTP/1.1 400 Bad Request\r\n\r\n")),
  },
  {
    what: "answers with an exception",
    attack: ({ connection, request }) => connection.send(exceptionTo(request, 4)),
  },
];

/** An attack of a whole address on every connection. */
export interface ConnectionAttack {
  readonly what: string;
  readonly attack: (connection: RawConnection) => Promise<unknown>;
}

/** Each attack begins before any request is read. */
export const CONNECTION_ATTACKS: readonly ConnectionAttack[] = [
  {
    what: "closes every connection immediately",
    attack: (connection) => Promise.resolve(connection.close()),
  },
  {
    what: "sends an SSH banner on every connection",
    attack: (connection) => connection.send(text("SSH-2.0-dropbear_2019.78\r\n")),
  },
  {
    what: "floods every connection before the first request",
    attack: (connection) => flood(connection, new Uint8Array(65_536).fill(0x55)),
  },
  {
    what: "resets every connection with the request unread",
    attack: async (connection) => {
      await pause(50);
      connection.close();
    },
  },
  {
    what: "resets every connection in the middle of an answer",
    attack: async (connection) => {
      await pause(50);
      await connection.send(bytes(0, 0, 0, 0));
      connection.close();
    },
  },
];
