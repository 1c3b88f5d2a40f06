/**
 * Peers that violate the protocol. Each one misbehaves at its first request (asserted) and
 * behaves correctly afterwards. No wrong value may be returned, no request may exceed its
 * deadline, and the next read must be correct.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../../src/base/random.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createConnectionOpener } from "../../src/modbus/client.ts";
import type { ModbusFault } from "../../src/modbus/faults.ts";
import { createPauseDetector } from "../../src/modbus/pause_detector.ts";
import type { ModbusSession } from "../../src/modbus/reader.ts";
import { createSession } from "../../src/modbus/session.ts";
import { createResynchroniser } from "../../src/modbus/resynchronisation.ts";
import {
  answerTo,
  behaveWell,
  exceptionTo,
  type RawConnection,
  type RawRequest,
  registerAt,
  startRawPeer,
} from "../../src/testing/devices/raw_peer.ts";
import { pause } from "../../src/testing/pause.ts";

const TIMEOUT_MS = 250;
/** Additional time that timers of a busy test machine may need, in ms. */
const GRACE_MS = 4_000;
const NEVER = new AbortController().signal;

type Expected = ModbusFault["kind"] | "correct";

interface Attack {
  readonly what: string;
  readonly expected: Expected;
  /** Whether the connection remains open after the attack. */
  readonly keeps?: boolean;
  readonly attack: (connection: RawConnection, request: RawRequest) => Promise<unknown>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (line: string): Uint8Array => new TextEncoder().encode(line);

const ATTACKS: readonly Attack[] = [
  {
    what: "answers after the deadline",
    expected: "timeout",
    attack: async (to, request) => {
      await pause(TIMEOUT_MS + 150);
      await to.send(answerTo(request));
    },
  },
  {
    what: "answers with another transaction id",
    expected: "protocol",
    attack: (to, request) =>
      to.send(answerTo(request, { transactionId: request.transactionId ^ 0x101 })),
  },
  {
    what: "answers for another unit",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { unitId: 9 })),
  },
  {
    what: "sends another unit's exception",
    expected: "protocol",
    attack: (to, request) => to.send(exceptionTo(request, 2, 9)),
  },
  {
    what: "answers with the other read function",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { functionCode: 4 })),
  },
  {
    what: "answers with the function code of a write",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { functionCode: 16 })),
  },
  {
    what: "states a wrong byte count",
    expected: "protocol",
    attack: (to, request) =>
      to.send(answerTo(request, { byteCount: 2 * request.count - 2 })),
  },
  {
    what: "sends a well-formed answer with one register too few",
    expected: "protocol",
    attack: (to, request) =>
      to.send(answerTo({ ...request, count: request.count - 1 })),
  },
  {
    what: "sends a well-formed answer with one register too many",
    expected: "protocol",
    attack: (to, request) =>
      to.send(answerTo({ ...request, count: request.count + 1 })),
  },
  {
    what: "sends less than its header states and then stops",
    expected: "timeout",
    attack: async (to, request) => {
      await to.send(answerTo(request).subarray(0, -3));
      await pause(TIMEOUT_MS + 150);
    },
  },
  {
    what: "states a length shorter than the frame",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { length: 5 })),
  },
  {
    what: "states another protocol",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { protocolId: 1 })),
  },
  {
    what: "states a length of 65535",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { length: 0xffff })),
  },
  {
    what: "states a length of 0",
    expected: "protocol",
    attack: (to, request) => to.send(answerTo(request, { length: 0 })),
  },
  {
    what: "sends the correct answer in single bytes",
    expected: "correct",
    keeps: true,
    attack: async (to, request) => {
      for (const byte of answerTo(request)) {
        await to.send(bytes(byte));
        await pause(1);
      }
    },
  },
  {
    what: "sends single bytes so slowly that it is never idle",
    expected: "timeout",
    attack: async (to, request) => {
      for (const byte of answerTo(request)) {
        if (!await to.send(bytes(byte))) return;
        await pause(TIMEOUT_MS / 5);
      }
    },
  },
  {
    what: "sends invalid bytes before the correct answer",
    expected: "protocol",
    attack: async (to, request) => {
      await to.send(bytes(0xde, 0xad, 0xbe, 0xef, 0x00));
      await to.send(answerTo(request));
    },
  },
  {
    what: "sends the greeting of an SSH server",
    expected: "protocol",
    attack: (to) => to.send(text("SSH-2.0-dropbear_2019.78\r\n")),
  },
  {
    what: "sends the answer of a web server",
    expected: "protocol",
    attack: (to) => to.send(text("HTTP/1.1 400 Bad Request\r\n\r\n")),
  },
  {
    what: "sends two different answers in one segment",
    expected: "correct",
    keeps: true,
    attack: (to, request) => {
      const other = answerTo(request, {}, () => 0xbad);
      return to.send(bytes(...answerTo(request), ...other));
    },
  },
  {
    what: "sends the answer to an unsent request after the requested one",
    expected: "protocol",
    attack: (to, request) => {
      const next = { ...request, transactionId: (request.transactionId + 1) % 256 };
      return to.send(bytes(...answerTo(request), ...answerTo(next, {}, () => 0xbad)));
    },
  },
  {
    what: "sends an endless flood of bytes",
    expected: "protocol",
    attack: async (to) => {
      const flood = new Uint8Array(65_536).fill(0x55);
      for (let sent = 0; sent < 20_000; sent++) if (!await to.send(flood)) return;
      throw new Error("The client read the whole flood");
    },
  },
  {
    what: "sends an endless flood of zeros",
    expected: "protocol",
    attack: async (to) => {
      const flood = new Uint8Array(65_536);
      for (let sent = 0; sent < 20_000; sent++) if (!await to.send(flood)) return;
      throw new Error("The client read the whole flood");
    },
  },
  {
    what: "sends an endless flood of well-formed answers, the requested one first",
    expected: "protocol",
    attack: async (to, request) => {
      const one = answerTo(request);
      const flood = new Uint8Array(one.length * 1_000);
      for (let at = 0; at < 1_000; at++) flood.set(one, at * one.length);
      for (let sent = 0; sent < 20_000; sent++) if (!await to.send(flood)) return;
      throw new Error("The client read the whole flood");
    },
  },
  {
    what: "accepts the connection and does not answer",
    expected: "timeout",
    attack: () => pause(400),
  },
  {
    what: "closes instead of answering",
    expected: "closed",
    attack: (to) => Promise.resolve(to.close()),
  },
  {
    what: "closes in the middle of the answer",
    expected: "closed",
    attack: async (to, request) => {
      await to.send(answerTo(request).subarray(0, 11));
      to.close();
    },
  },
  {
    what: "answers with an exception",
    expected: "exception",
    keeps: true,
    attack: (to, request) => to.send(exceptionTo(request, 2)),
  },
];

for (const { what, expected, keeps, attack } of ATTACKS) {
  Deno.test(`a peer that ${what}: ${expected}, and the next read is correct`, async () => {
    let fired = 0;
    const peer = startRawPeer(async (connection) => {
      if (connection.number === 1) {
        const request = await connection.request();
        if (request === undefined) return;
        fired++;
        await attack(connection, request);
        if (keeps !== true) return;
      }
      await behaveWell(connection);
    });
    const session = sessionTo(peer.port);
    try {
      strictEqual((await session.connect(NEVER)).ok, true);
      const startMs = performance.now();
      const first = await read(session, 100, 20);
      const tookMs = performance.now() - startMs;
      strictEqual(fired, 1, "the attack was not performed");
      ok(tookMs < TIMEOUT_MS + GRACE_MS, `took ${tookMs} ms`);
      if (first.ok) {
        strictEqual(expected, "correct");
        deepStrictEqual(first.value, correctRegisters(100, 20));
      } else strictEqual(first.fault.kind, expected, JSON.stringify(first.fault));
      await pause(20);
      for (const address of [500, 501]) {
        const next = await read(session, address, 7);
        deepStrictEqual(next, { ok: true, value: correctRegisters(address, 7) });
      }
      strictEqual(peer.accepted, keeps === true ? 1 : 2);
    } finally {
      await session.disconnect();
      await peer.close();
    }
  });
}

Deno.test("a peer that resets every connection costs at most two connects per request", async () => {
  // The kernel sends a reset because the request was not read.
  const peer = startRawPeer(async (connection) => {
    await pause(10);
    connection.close();
  });
  const session = sessionTo(peer.port);
  try {
    const answer = await read(session, 0, 2);
    ok(!answer.ok && answer.fault.kind === "closed", JSON.stringify(answer));
    ok(peer.accepted >= 1 && peer.accepted <= 2, `${peer.accepted} connects`);
  } finally {
    await session.disconnect();
    await peer.close();
  }
});

Deno.test("a connection that the device closed while idle is opened again at once", async () => {
  let closed = 0;
  const peer = startRawPeer(async (connection) => {
    const request = await connection.request();
    if (request === undefined) return;
    await connection.send(answerTo(request));
    if (connection.number > 1) return await behaveWell(connection);
    connection.close();
    closed++;
  });
  const session = sessionTo(peer.port);
  try {
    ok((await read(session, 1, 1)).ok);
    for (const waitMs of [0, 30]) {
      await pause(waitMs);
      deepStrictEqual(await read(session, 9, 3), {
        ok: true,
        value: correctRegisters(9, 3),
      });
    }
    strictEqual(closed, 1);
    strictEqual(peer.accepted, 2);
  } finally {
    await session.disconnect();
    await peer.close();
  }
});

Deno.test("read() reports `refused` for a closed port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  listener.close();
  const answer = await read(sessionTo(port), 0, 1);
  deepStrictEqual(answer, {
    ok: false,
    fault: { kind: "unreachable", address: `127.0.0.1:${port}`, why: "refused" },
  });
});

Deno.test("hundreds of floods and time-outs do not increase the memory use", async () => {
  const flood = new Uint8Array(65_536).fill(0x55);
  const peer = startRawPeer(async (connection) => {
    if (await connection.request() === undefined) return;
    if (connection.number % 2 === 0) return await pause(40);
    for (let sent = 0; sent < 100; sent++) if (!await connection.send(flood)) return;
  });
  const session = sessionTo(peer.port);
  const faults = new Map<string, number>();
  const round = async (requests: number): Promise<number> => {
    for (let sent = 0; sent < requests; sent++) {
      const answer = await session.read({ ...REQUEST, timeoutMs: 5 }, NEVER);
      const kind = answer.ok ? "ok" : answer.fault.kind;
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
    }
    return Deno.memoryUsage().rss;
  };
  try {
    const before = await round(150);
    const after = await round(300);
    ok((faults.get("protocol") ?? 0) > 50, "too few floods");
    ok((faults.get("timeout") ?? 0) > 50, "too few time-outs");
    strictEqual(faults.get("ok"), undefined);
    ok(after - before < 40_000_000, `grew by ${after - before} bytes`);
  } finally {
    await session.disconnect();
    await peer.close();
  }
});

const REQUEST = {
  unitId: 3,
  functionCode: 3,
  address: 0,
  count: 10,
  timeoutMs: TIMEOUT_MS,
} as const;

function sessionTo(port: number): ModbusSession {
  return createSession({
    ip: "127.0.0.1",
    port,
    options: () => ({ gapMs: 0, connectTimeoutMs: 1_000 }),
    pauseDetector: createPauseDetector(),
    resynchroniser: createResynchroniser(),
    openConnection: createConnectionOpener(SYSTEM_CLOCK),
    clock: SYSTEM_CLOCK,
    random: createSeededRandom(1),
  });
}

function read(session: ModbusSession, address: number, count: number) {
  return session.read({ ...REQUEST, address, count }, NEVER);
}

function correctRegisters(address: number, count: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_, at) => registerAt(address + at));
}
