/**
 * A Modbus TCP device with deviations seen in real devices: it ignores requests that
 * arrive too early, or answers with other transaction ids. It builds its frames
 * itself and shares no code with the client.
 *
 * @module
 */

import {
  answerTo,
  exceptionTo,
  type RawConnection,
  type RawPeer,
  type RawRequest,
  startRawPeer,
} from "./raw_peer.ts";
import { pause } from "../pause.ts";

/** How the device deviates from the specification. */
export interface Oddities {
  /** Requests that arrive sooner after the last answer are ignored, in ms. */
  readonly gapMs?: number;
  /** Requests that arrive sooner after the connect are ignored, in ms. */
  readonly connectGapMs?: number;
  /** Transaction id of an answer; default: that of the request. */
  readonly transactionId?: (request: RawRequest) => number;
  /** Number of simultaneous clients; a further one is closed immediately. Default: unlimited. */
  readonly sessionsMax?: number;
  /** Called before the registers are looked up; returns an exception code, or `silent` for no answer. */
  readonly reject?: (request: RawRequest) => number | "silent" | undefined;
}

/** A running odd device. */
export interface OddDevice extends RawPeer {
  /** Requests ignored because they arrived too early. */
  readonly ignoredRequests: number;
  /** Clients closed because the maximum was reached. */
  readonly rejectedClients: number;
}

/** Starts a device with `registers` starting at `base`, at any unit id. */
export function startOddDevice(
  image: { readonly base: number; readonly registers: ArrayLike<number> },
  oddities: Oddities,
): OddDevice {
  let ignoredRequests = 0;
  let answeredMs = -Infinity;
  let rejectedClients = 0;
  let sessions = 0;

  async function behave(connection: RawConnection): Promise<void> {
    if (sessions >= (oddities.sessionsMax ?? Infinity)) {
      rejectedClients++;
      return;
    }
    sessions++;
    try {
      await serve(connection);
    } finally {
      sessions--;
    }
  }

  async function serve(connection: RawConnection): Promise<void> {
    const connectedMs = performance.now();
    for (;;) {
      const request = await connection.request();
      if (request === undefined) return;
      const nowMs = performance.now();
      const early = nowMs - answeredMs < (oddities.gapMs ?? 0) ||
        nowMs - connectedMs < (oddities.connectGapMs ?? 0);
      if (early) ignoredRequests++;
      const rejection = oddities.reject?.(request);
      if (early || rejection === "silent") continue;
      const from = request.address - image.base;
      const known = from >= 0 && from + request.count <= image.registers.length;
      const code = rejection ?? (known ? undefined : 2);
      const frame = code === undefined
        ? answerTo(request, {}, (address) => image.registers[address - image.base] ?? 0)
        : exceptionTo(request, code);
      const id = oddities.transactionId?.(request) ?? request.transactionId;
      new DataView(frame.buffer).setUint16(0, id);
      await connection.send(frame);
      answeredMs = performance.now();
    }
  }

  const peer = startRawPeer(behave);
  return {
    ...peer,
    get accepted() {
      return peer.accepted;
    },
    get ignoredRequests() {
      return ignoredRequests;
    },
    get rejectedClients() {
      return rejectedClients;
    },
  };
}

/** How a gateway with one serial line delivers the answer to a request. */
export type AnswerDelivery = "prompt" | "late" | "twice" | "lost";

/**
 * A gateway with one serial line: it serves one request at a time and sends the answer
 * to the client that is connected at that time. Answers carry transaction id 0, and
 * each register's value is derived from its address.
 */
export function startSerialGateway(
  deliveryOf: (request: RawRequest) => AnswerDelivery,
  lateMs: number,
): RawPeer {
  let line: Promise<unknown> = Promise.resolve();
  let current: RawConnection | undefined;
  const peer = startRawPeer(async (connection) => {
    current = connection;
    for (;;) {
      const request = await connection.request();
      if (request === undefined) return;
      const delivery = deliveryOf(request);
      line = line.then(async () => {
        await pause(delivery === "late" ? lateMs : 1);
        const times = delivery === "lost" ? 0 : delivery === "twice" ? 2 : 1;
        for (let time = 0; time < times; time++) {
          await current?.send(answerTo(request, { transactionId: 0 }));
        }
      });
    }
  });
  return {
    ...peer,
    async close() {
      await peer.close();
      await line;
    },
  };
}
