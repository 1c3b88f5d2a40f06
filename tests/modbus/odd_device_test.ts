/**
 * Devices as they are, over real TCP: each with one oddity, found out by the
 * agent itself or set as a quirk.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../../src/base/random.ts";
import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { discoverDevice, STANDARD_BASES } from "../../src/discovery/probe.ts";
import type { Pace, SessionLease } from "../../src/modbus/reader.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { inverterImage } from "../poller/fake_plant.ts";
import {
  type Mood,
  type Oddities,
  startOddDevice,
  startSerialGateway,
} from "../../src/testing/devices/odd_device.ts";
import { registerAt } from "../../src/testing/devices/raw_peer.ts";

const NEVER = new AbortController().signal;
const TIMEOUT_MS = 150;

/** Discovers an odd device again and again until it is found; returns how often it took. */
async function discover(
  oddities: Oddities,
  pace: Partial<Pace>,
  check: (lease: SessionLease, lost: number) => Promise<void> | void,
): Promise<void> {
  const device = startOddDevice(inverterImage(), oddities);
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const address = { host: "127.0.0.1", port: device.port, gapMs: 0 };
  try {
    for (let attempt = 1;; attempt++) {
      const lease = pool.lease({ ...address, connectTimeoutMs: 1_000, ...pace });
      const found = await discoverDevice(lease.session, {
        unitId: 1,
        bases: STANDARD_BASES,
        timeoutMs: TIMEOUT_MS,
      }, NEVER);
      const whole = found.ok && found.value.end === "end-model" &&
        found.value.identity.serial === "SN1";
      if (whole) {
        await check(lease, device.lost);
        return;
      }
      lease.release();
      ok(attempt < 12, JSON.stringify(found));
    }
  } finally {
    await pool.close();
    await device.close();
  }
}

/** Reads much at once until a few in a row were answered. */
async function readWell(lease: SessionLease): Promise<void> {
  let well = 0;
  for (let reads = 0; well < 4; reads++) {
    const answer = await lease.session.read({
      unitId: 1,
      functionCode: 3,
      address: 40_000,
      count: 60,
      timeoutMs: TIMEOUT_MS,
    }, NEVER);
    well = answer.ok ? well + 1 : 0;
    ok(reads < 20, JSON.stringify(answer));
  }
}

Deno.test("a device that needs a rest between requests gets one, by itself", async () => {
  await discover({ gapMs: 40 }, {}, async (lease, lost) => {
    ok(lost > 0);
    await readWell(lease);
    deepStrictEqual(lease.found, { gapMs: 50, connectGapMs: 0 });
  });
  await discover({ gapMs: 40 }, { gapMs: 60 }, (lease, lost) => {
    strictEqual(lost, 0);
    deepStrictEqual(lease.found, { gapMs: 0, connectGapMs: 0 });
  });
});

Deno.test("a device that needs a rest after the connect gets one, by itself", async () => {
  await discover({ connectGapMs: 300 }, {}, async (lease, lost) => {
    ok(lost > 0);
    for (let connects = 0; connects < 3; connects++) {
      await lease.session.disconnect();
      await readWell(lease);
    }
    deepStrictEqual(lease.found, { gapMs: 0, connectGapMs: 500 });
  });
  await discover({ connectGapMs: 300 }, { connectGapMs: 350 }, (_lease, lost) => {
    strictEqual(lost, 0);
  });
});

Deno.test("a device that answers quickly is never slowed down, whatever it loses", async () => {
  const chance = createSeededRandom(3);
  let losses = 0;
  const refuse = (): "silent" | undefined => {
    if (chance.next() > 0.3) return undefined;
    losses++;
    return "silent";
  };
  await discover({ refuse }, {}, (lease) => {
    ok(losses > 0);
    deepStrictEqual(lease.found, { gapMs: 0, connectGapMs: 0 });
  });
});

Deno.test("a gateway that echoes no transaction id is read where that is set, and not otherwise", async () => {
  const transactionId = (): number => 0;
  await discover({ transactionId }, { echoesTransactionId: false }, async (lease) => {
    await readWell(lease);
  });
  const device = startOddDevice(inverterImage(), { transactionId });
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { session } = pool.lease({
    host: "127.0.0.1",
    port: device.port,
    gapMs: 0,
    connectTimeoutMs: 1_000,
  });
  const request = { unitId: 1, functionCode: 3, address: 40_000, count: 2 } as const;
  const answer = await session.read({ ...request, timeoutMs: TIMEOUT_MS }, NEVER);
  await pool.close();
  await device.close();
  ok(!answer.ok && answer.fault.kind === "protocol");
  ok(answer.fault.detail.includes("echoes_transaction_id"), answer.fault.detail);
});

Deno.test("no late or doubled answer is ever taken for another, even without transaction ids", async () => {
  const moods: Mood[] = [];
  const chance = createSeededRandom(11);
  const choices: readonly Mood[] = ["well", "well", "well", "late", "twice", "lost"];
  const gateway = startSerialGateway(() => {
    const mood = choices[Math.floor(chance.next() * choices.length)] ?? "well";
    moods.push(mood);
    return mood;
  }, 60);
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { session } = pool.lease({
    host: "127.0.0.1",
    port: gateway.port,
    gapMs: 0,
    connectTimeoutMs: 1_000,
    echoesTransactionId: false,
  });
  let right = 0;
  const wrong: string[] = [];
  for (let time = 0; time < 100; time++) {
    const address = 100 * time;
    const count = time % 4 === 0 ? 3 : 5;
    const answer = await session.read(
      { unitId: 1, functionCode: 3, address, count, timeoutMs: 40 },
      NEVER,
    );
    if (!answer.ok) continue;
    const said = [...answer.value];
    if (said.every((register, at) => register === registerAt(address + at))) right++;
    else wrong.push(`${count} at ${address}: ${said}`);
  }
  await pool.close();
  await gateway.close();
  deepStrictEqual(wrong, []);
  ok(right > 20, `${right} right`);
  for (const mood of ["late", "twice", "lost"] as const) {
    ok(moods.filter((each) => each === mood).length > 5, mood);
  }
});
