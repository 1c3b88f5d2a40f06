/**
 * Units that share an address, over TCP: an unresponsive unit must not affect the others,
 * two names share one connection, and no connection remains open.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../../src/base/random.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createConnectionOpener } from "../../src/modbus/client.ts";
import { createSessionPool } from "../../src/modbus/session_pool.ts";
import type { ModbusAddress, SessionHandle } from "../../src/modbus/reader.ts";
import { resolveHost } from "../../src/platform/resolve_host.ts";
import {
  answerTo,
  behaveWell,
  type RawConnection,
  registerAt,
  startRawPeer,
} from "../../src/testing/devices/raw_peer.ts";
import { pause } from "../../src/testing/pause.ts";

const NEVER = new AbortController().signal;
const TIMEOUT_MS = 200;

Deno.test("two names of one address share a connection, which the last release closes", async () => {
  let gone = 0;
  const peer = startRawPeer(async (connection) => {
    await behaveWell(connection);
    gone++;
  });
  const pool = newPool();
  const handles = ["localhost", "127.0.0.1"].map((host) =>
    pool.acquire(addressOf(peer.port, host))
  );
  try {
    for (const handle of handles) ok((await read(handle, 1)).ok);
    strictEqual(peer.accepted, 1);
    handles[0]?.release();
    await pause(20);
    strictEqual(gone, 0);
    handles[1]?.release();
    await pause(50);
    strictEqual(gone, 1);
  } finally {
    await pool.close();
    await peer.close();
  }
});

Deno.test("an unresponsive unit costs others at most one deadline and no failed read", async () => {
  let unanswered = 0;
  const peer = startRawPeer(async (connection) => {
    for (let served = 0; served < 10_000; served++) {
      const request = await connection.request();
      if (request === undefined) return;
      if (request.unitId === 9) unanswered++;
      else if (!await connection.send(answerTo(request))) return;
    }
  });
  const pool = newPool();
  const worst = { ms: 0 };
  const poll = async (unitId: number, polls: number): Promise<number> => {
    const handle = pool.acquire(addressOf(peer.port));
    let good = 0;
    for (let nth = 0; nth < polls; nth++) {
      const startMs = performance.now();
      const answer = await read(handle, unitId);
      if (answer.ok) {
        good++;
        worst.ms = Math.max(worst.ms, performance.now() - startMs);
        deepStrictEqual(answer.value, Uint16Array.of(registerAt(7), registerAt(8)));
      }
      await pause(10);
    }
    handle.release();
    return good;
  };
  try {
    deepStrictEqual(await Promise.all([poll(1, 30), poll(2, 30), poll(9, 4)]), [
      30,
      30,
      0,
    ]);
    strictEqual(unanswered, 4);
    strictEqual(peer.accepted, 1 + unanswered);
    ok(worst.ms < 20 * TIMEOUT_MS, `a responsive unit waited ${worst.ms} ms`);
  } finally {
    await pool.close();
    await peer.close();
  }
});

Deno.test("all handles share the connection of a device that accepts only one", async () => {
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
  const handles = [1, 2, 3, 4].map(() => pool.acquire(addressOf(peer.port)));
  try {
    const answers = await Promise.all(
      handles.map((handle, at) => read(handle, at + 1)),
    );
    ok(answers.every((answer) => answer.ok));
    strictEqual(refused, 0);
  } finally {
    await pool.close();
    await peer.close();
  }
});

Deno.test("close() ends a request in progress at once", async () => {
  const peer = startRawPeer(async (connection) => {
    await connection.request();
    await connection.request();
  });
  const pool = newPool();
  const handle = pool.acquire(addressOf(peer.port));
  const reading = read(handle, 1, 60_000);
  await pause(50);
  const startMs = performance.now();
  await pool.close();
  const answer = await reading;
  ok(!answer.ok && answer.fault.kind === "closed", JSON.stringify(answer));
  ok(performance.now() - startMs < 5_000);
  await peer.close();
});

Deno.test("read() of an unreachable address ends within the connect time-out", async () => {
  const pool = newPool();
  const handle = pool.acquire({ ...addressOf(9, "192.0.2.1"), connectTimeoutMs: 300 });
  const startMs = performance.now();
  const answer = await read(handle, 1);
  ok(!answer.ok && answer.fault.kind === "unreachable", JSON.stringify(answer));
  ok(performance.now() - startMs < 10_000);
  await pool.close();
});

Deno.test("read() reports `unknown-host` for a name that does not exist", async () => {
  const pool = newPool();
  const handle = pool.acquire({
    ...addressOf(502, "no-such-device.invalid"),
    connectTimeoutMs: 10_000,
  });
  const answer = await read(handle, 1);
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
    openConnection: createConnectionOpener(SYSTEM_CLOCK),
    resolve: resolveHost,
    clock: SYSTEM_CLOCK,
    random: createSeededRandom(1),
  });
}

function addressOf(port: number, host = "127.0.0.1"): ModbusAddress {
  return { host, port, gapMs: 0, connectTimeoutMs: 1_000 };
}

function read(handle: SessionHandle, unitId: number, timeoutMs = TIMEOUT_MS) {
  const request = { unitId, functionCode: 3, address: 7, count: 2, timeoutMs } as const;
  return handle.session.read(request, NEVER);
}
