/**
 * What a device can do wrong with bytes. Whatever is sent beside the right
 * answer is poison, so that a value that got through is seen.
 *
 * @module
 */

import {
  answerTo,
  exceptionTo,
  pause,
  type RawConnection,
} from "../../src/testing/devices/raw_peer.ts";
import type { Scene } from "./hostile_device.ts";

/** An attack. */
export interface Attack {
  readonly what: string;
  /** True if the poll that is attacked may still succeed: the answer is right, if odd. */
  readonly mayPass?: boolean;
  readonly attack: (scene: Scene, timeoutMs: number) => Promise<unknown>;
}

const poison = (): number => 0x0bad;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (line: string): Uint8Array => new TextEncoder().encode(line);
const both = (a: Uint8Array, b: Uint8Array): Uint8Array => bytes(...a, ...b);

/** How much an endless flood sends before it counts as swallowed. */
const FLOOD_CHUNKS_MAX = 20_000;

/** Sends without end; the client has to break off. */
export async function flood(
  connection: RawConnection,
  chunk: Uint8Array,
): Promise<void> {
  for (let sent = 0; sent < FLOOD_CHUNKS_MAX; sent++) {
    if (!await connection.send(chunk)) return;
  }
  throw new Error("The agent swallowed the flood");
}

/** The same bytes again and again, 64 KiB or so. */
export function many(frame: Uint8Array): Uint8Array {
  const times = Math.ceil(65_536 / frame.length);
  const all = new Uint8Array(times * frame.length);
  for (let at = 0; at < times; at++) all.set(frame, at * frame.length);
  return all;
}

/** Attacks of a unit on one of its own requests. */
export const ATTACKS: readonly Attack[] = [
  {
    what: "answers after the deadline",
    attack: async ({ connection, right }, timeoutMs) => {
      await pause(timeoutMs + 100);
      await connection.send(right);
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
    what: "answers for the unit beside it",
    attack: ({ connection, request }) =>
      connection.send(answerTo(request, { unitId: 4 }, poison)),
  },
  {
    what: "sends the exception of the unit beside it",
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
    what: "answers as if to a write",
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
    what: "sends less than its header says and then is silent",
    attack: ({ connection, right }) => connection.send(right.subarray(0, -3)),
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
    what: "cuts the right answer into single bytes",
    mayPass: true,
    attack: async ({ connection, right }) => {
      for (const byte of right.subarray(0, 40)) {
        if (!await connection.send(bytes(byte))) return;
      }
      await pause(5);
      await connection.send(right.subarray(40));
    },
  },
  {
    what: "trickles so slowly that it never goes idle",
    attack: async ({ connection, right }, timeoutMs) => {
      for (const byte of right) {
        if (!await connection.send(bytes(byte))) return;
        await pause(timeoutMs / 8);
      }
    },
  },
  {
    what: "sends rubbish before the right answer",
    attack: ({ connection, right }) =>
      connection.send(both(bytes(0xde, 0xad, 0xbe, 0xef, 0x00), right)),
  },
  {
    what: "answers twice at once, the second time otherwise",
    mayPass: true,
    attack: ({ connection, request, right }) =>
      connection.send(both(right, answerTo(request, {}, poison))),
  },
  {
    what: "sends the answer to the next request along with this one's",
    mayPass: true,
    attack: ({ connection, request, right }) => {
      const transactionId = (request.transactionId + 1) % 256;
      return connection.send(both(right, answerTo(request, { transactionId }, poison)));
    },
  },
  {
    what: "answers rightly, and sends rubbish a little later",
    mayPass: true,
    attack: async ({ connection, right }) => {
      await connection.send(right);
      await pause(3);
      await connection.send(bytes(0xde, 0xad, 0xbe, 0xef));
    },
  },
  {
    what: "answers rightly, and closes at once",
    mayPass: true,
    attack: async ({ connection, right }) => {
      await connection.send(right);
      connection.close();
    },
  },
  {
    what: "floods without end",
    attack: ({ connection }) => flood(connection, new Uint8Array(65_536).fill(0x55)),
  },
  {
    what: "floods with zeros",
    attack: ({ connection }) => flood(connection, new Uint8Array(65_536)),
  },
  {
    what: "floods with answers, the right one first",
    mayPass: true,
    attack: async ({ connection, request, right }) => {
      await connection.send(right);
      await flood(connection, many(answerTo(request, {}, poison)));
    },
  },
  { what: "is silent", attack: () => Promise.resolve() },
  {
    what: "closes instead of answering",
    attack: ({ connection }) => Promise.resolve(connection.close()),
  },
  {
    what: "closes in the middle of the answer",
    attack: async ({ connection, right }) => {
      await connection.send(right.subarray(0, 11));
      connection.close();
    },
  },
  {
    what: "greets as a secure shell",
    attack: ({ connection }) => connection.send(text("SSH-2.0-dropbear_2019.78\r\n")),
  },
  {
    what: "answers as a web server",
    attack: ({ connection }) =>
      connection.send(text("HTTP/1.1 400 Bad Request\r\n\r\n")),
  },
  {
    what: "refuses with an exception",
    attack: ({ connection, request }) => connection.send(exceptionTo(request, 4)),
  },
];

/** An attack of a whole address on every connection. */
export interface Ambush {
  readonly what: string;
  readonly attack: (connection: RawConnection) => Promise<unknown>;
}

/** Each begins before any request is read. */
export const AMBUSHES: readonly Ambush[] = [
  {
    what: "closes every connection at once",
    attack: (connection) => Promise.resolve(connection.close()),
  },
  {
    what: "greets every connection as a secure shell",
    attack: (connection) => connection.send(text("SSH-2.0-dropbear_2019.78\r\n")),
  },
  {
    what: "floods every connection before it is asked",
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
