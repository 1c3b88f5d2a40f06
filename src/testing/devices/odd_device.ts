/**
 * A device over real TCP with the oddities of real ones: it says nothing to what
 * comes too early, or answers with whatever transaction id it likes. It plays by
 * bytes of its own and knows nothing of the client.
 *
 * @module
 */

import {
  answerTo,
  exceptionTo,
  pause,
  type RawConnection,
  type RawPeer,
  type RawRequest,
  startRawPeer,
} from "./raw_peer.ts";

/** What the device does otherwise than others. */
export interface Oddities {
  /** Requests are lost that come sooner after the last answer. */
  readonly gapMs?: number;
  /** Requests are lost that come sooner after the connect. */
  readonly connectGapMs?: number;
  /** The transaction id of an answer; that of the request if absent. */
  readonly transactionId?: (request: RawRequest) => number;
  /** How many clients it serves at once; one more is closed at once. Any number if absent. */
  readonly sessionsMax?: number;
  /** Decides before the registers do: an exception code, or silence. */
  readonly refuse?: (request: RawRequest) => number | "silent" | undefined;
}

/** A running odd device. */
export interface OddDevice extends RawPeer {
  /** Requests that were lost because they came too early. */
  readonly lost: number;
  /** Clients that were turned away because it served others. */
  readonly turnedAway: number;
}

/** Starts a device with `registers` from `base` on, at any unit id. */
export function startOddDevice(
  image: { readonly base: number; readonly registers: ArrayLike<number> },
  oddities: Oddities,
): OddDevice {
  let lost = 0;
  let answeredMs = -Infinity;
  let turnedAway = 0;
  let sessions = 0;

  async function behave(connection: RawConnection): Promise<void> {
    if (sessions >= (oddities.sessionsMax ?? Infinity)) {
      turnedAway++;
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
      if (early) lost++;
      const refused = oddities.refuse?.(request);
      if (early || refused === "silent") continue;
      const from = request.address - image.base;
      const known = from >= 0 && from + request.count <= image.registers.length;
      const code = refused ?? (known ? undefined : 2);
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
    get lost() {
      return lost;
    },
    get turnedAway() {
      return turnedAway;
    },
  };
}

/** What a gateway with one serial line behind it does to one request. */
export type Mood = "well" | "late" | "twice" | "lost";

/**
 * A gateway with one serial line: it does one thing after the other, and hands
 * an answer to whoever is connected by then. Answers carry transaction id 0, and
 * registers tell their address.
 */
export function startSerialGateway(
  moodOf: (request: RawRequest) => Mood,
  lateMs: number,
): RawPeer {
  let line: Promise<unknown> = Promise.resolve();
  let current: RawConnection | undefined;
  const peer = startRawPeer(async (connection) => {
    current = connection;
    for (;;) {
      const request = await connection.request();
      if (request === undefined) return;
      const mood = moodOf(request);
      line = line.then(async () => {
        await pause(mood === "late" ? lateMs : 1);
        const times = mood === "lost" ? 0 : mood === "twice" ? 2 : 1;
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
