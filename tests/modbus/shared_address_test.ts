/**
 * Units that share an address, over real TCP: the silent one may not hurt the
 * others, two names are one connection, and nothing is left behind.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../../src/base/random.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createLinkOpener } from "../../src/modbus/client.ts";
import { createSessionPool } from "../../src/modbus/session_pool.ts";
import type { ModbusAddress, SessionLease } from "../../src/modbus/reader.ts";
import { resolveHost } from "../../src/modbus/resolve.ts";
import {
  answerTo,
  behaveWell,
  pause,
  type RawConnection,
  registerAt,
  startRawPeer,
} from "../../src/testing/devices/raw_peer.ts";

const NEVER = new AbortController().signal;
const TIMEOUT_MS = 200;

Deno.test("two names of one address are one connection, closed at the last release", async () => {
  let gone = 0;
  const peer = startRawPeer(async (connection) => {
    await behaveWell(connection);
    gone++;
  });
  const pool = newPool();
  const leases = ["localhost", "127.0.0.1"].map((host) =>
    pool.lease(addressOf(peer.port, host))
  );
  try {
    for (const lease of leases) ok((await read(lease, 1)).ok);
    strictEqual(peer.accepted, 1);
    leases[0]?.release();
    await pause(20);
    strictEqual(gone, 0);
    leases[1]?.release();
    await pause(50);
    strictEqual(gone, 1);
  } finally {
    await pool.close();
    await peer.close();
  }
});

Deno.test("a silent unit never makes another's read fail, and costs it a deadline at most", async () => {
  let silences = 0;
  const peer = startRawPeer(async (connection) => {
    for (let served = 0; served < 10_000; served++) {
      const request = await connection.request();
      if (request === undefined) return;
      if (request.unitId === 9) silences++;
      else if (!await connection.send(answerTo(request))) return;
    }
  });
  const pool = newPool();
  const worst = { ms: 0 };
  const poll = async (unitId: number, polls: number): Promise<number> => {
    const lease = pool.lease(addressOf(peer.port));
    let good = 0;
    for (let nth = 0; nth < polls; nth++) {
      const startMs = performance.now();
      const answer = await read(lease, unitId);
      if (answer.ok) {
        good++;
        worst.ms = Math.max(worst.ms, performance.now() - startMs);
        deepStrictEqual(answer.value, Uint16Array.of(registerAt(7), registerAt(8)));
      }
      await pause(10);
    }
    lease.release();
    return good;
  };
  try {
    deepStrictEqual(await Promise.all([poll(1, 30), poll(2, 30), poll(9, 4)]), [
      30,
      30,
      0,
    ]);
    strictEqual(silences, 4);
    strictEqual(peer.accepted, 1 + silences);
    ok(worst.ms < 2 * TIMEOUT_MS + 200, `a well unit waited ${worst.ms} ms`);
  } finally {
    await pool.close();
    await peer.close();
  }
});

Deno.test("a device that takes one connection at a time is served in turn", async () => {
  let busy = false;
  let refused = 0;
  const oneAtATime = async (connection: RawConnection): Promise<void> => {
    if (busy) {
      refused++;
      return connection.close();
    }
    busy = true;
    await behaveWell(connection);
    busy = false;
  };
  const peer = startRawPeer(oneAtATime);
  const pool = newPool();
  const leases = [1, 2, 3, 4].map(() => pool.lease(addressOf(peer.port)));
  try {
    const answers = await Promise.all(leases.map((lease, at) => read(lease, at + 1)));
    ok(answers.every((answer) => answer.ok));
    strictEqual(refused, 0);
  } finally {
    await pool.close();
    await peer.close();
  }
});

Deno.test("close() in the middle of a request ends it at once", async () => {
  const peer = startRawPeer(async (connection) => {
    await connection.request();
    await connection.request();
  });
  const pool = newPool();
  const lease = pool.lease(addressOf(peer.port));
  const reading = read(lease, 1, 60_000);
  await pause(50);
  const startMs = performance.now();
  await pool.close();
  const answer = await reading;
  ok(!answer.ok && answer.fault.kind === "closed", JSON.stringify(answer));
  ok(performance.now() - startMs < 500);
  await peer.close();
});

Deno.test("an address that nobody answers at ends within the connect time-out", async () => {
  const pool = newPool();
  const lease = pool.lease({ ...addressOf(9, "192.0.2.1"), connectTimeoutMs: 300 });
  const startMs = performance.now();
  const answer = await read(lease, 1);
  ok(!answer.ok && answer.fault.kind === "unreachable", JSON.stringify(answer));
  ok(performance.now() - startMs < 1_000);
  await pool.close();
});

Deno.test("a name that does not exist is an unknown host", async () => {
  const pool = newPool();
  const lease = pool.lease({
    ...addressOf(502, "no-such-device.invalid"),
    connectTimeoutMs: 10_000,
  });
  const answer = await read(lease, 1);
  deepStrictEqual(answer, {
    ok: false,
    fault: {
      kind: "unreachable",
      address: "no-such-device.invalid:502",
      why: "unknown-host",
    },
  });
  await pool.close();
});

function newPool() {
  return createSessionPool({
    openLink: createLinkOpener(SYSTEM_CLOCK),
    resolve: resolveHost,
    clock: SYSTEM_CLOCK,
    chance: createSeededRandom(1),
  });
}

function addressOf(port: number, host = "127.0.0.1"): ModbusAddress {
  return { host, port, gapMs: 0, connectTimeoutMs: 1_000 };
}

function read(lease: SessionLease, unitId: number, timeoutMs = TIMEOUT_MS) {
  const request = { unitId, functionCode: 3, address: 7, count: 2, timeoutMs } as const;
  return lease.session.read(request, NEVER);
}
