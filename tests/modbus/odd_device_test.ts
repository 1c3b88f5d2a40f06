/**
 * Devices with one deviation from the specification each, over TCP. The program detects
 * the deviation, or it is configured as a quirk.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createSeededRandom } from "../../src/base/random.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { discoverDevice, STANDARD_BASES } from "../../src/discovery/probe.ts";
import type { ConnectionOptions, SessionHandle } from "../../src/modbus/reader.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { inverterImage } from "../../src/testing/devices/fake_plant.ts";
import {
  type AnswerDelivery,
  type Oddities,
  startOddDevice,
  startSerialGateway,
} from "../../src/testing/devices/odd_device.ts";
import { registerAt } from "../../src/testing/devices/raw_peer.ts";

const NEVER = new AbortController().signal;
const TIMEOUT_MS = 150;

/** Repeats the discovery of an odd device until it succeeds, then calls `check`. */
async function discover(
  oddities: Oddities,
  options: Partial<ConnectionOptions>,
  check: (handle: SessionHandle, lost: number) => Promise<void> | void,
): Promise<void> {
  const device = startOddDevice(inverterImage(), oddities);
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const address = { host: "127.0.0.1", port: device.port, gapMs: 0 };
  try {
    for (let attempt = 1;; attempt++) {
      const handle = pool.acquire({ ...address, connectTimeoutMs: 1_000, ...options });
      const found = await discoverDevice(handle.session, {
        unitId: 1,
        bases: STANDARD_BASES,
        timeoutMs: TIMEOUT_MS,
      }, NEVER);
      const whole = found.ok && found.value.end === "end-model" &&
        found.value.identity.serial === "SN1";
      if (whole) {
        await check(handle, device.ignoredRequests);
        return;
      }
      handle.release();
      ok(attempt < 12, JSON.stringify(found));
    }
  } finally {
    await pool.close();
    await device.close();
  }
}

/** Performs long reads until four consecutive ones were answered. */
async function readUntilAnswered(handle: SessionHandle): Promise<void> {
  let answered = 0;
  for (let reads = 0; answered < 4; reads++) {
    const answer = await handle.session.read({
      unitId: 1,
      functionCode: 3,
      address: 40_000,
      count: 60,
      timeoutMs: TIMEOUT_MS,
    }, NEVER);
    answered = answer.ok ? answered + 1 : 0;
    ok(reads < 20, JSON.stringify(answer));
  }
}

Deno.test("the session detects that a device needs a pause between requests", async () => {
  await discover({ gapMs: 40 }, {}, async (handle, lost) => {
    ok(lost > 0);
    await readUntilAnswered(handle);
    deepStrictEqual(handle.detectedPauses, { gapMs: 50, connectGapMs: 0 });
  });
  await discover({ gapMs: 40 }, { gapMs: 60 }, (handle, lost) => {
    strictEqual(lost, 0);
    deepStrictEqual(handle.detectedPauses, { gapMs: 0, connectGapMs: 0 });
  });
});

Deno.test("the session detects that a device needs a pause after the connect", async () => {
  await discover({ connectGapMs: 300 }, {}, async (handle, lost) => {
    ok(lost > 0);
    for (let connects = 0; connects < 3; connects++) {
      await handle.session.disconnect();
      await readUntilAnswered(handle);
    }
    deepStrictEqual(handle.detectedPauses, { gapMs: 0, connectGapMs: 500 });
  });
  await discover({ connectGapMs: 300 }, { connectGapMs: 350 }, (_handle, lost) => {
    strictEqual(lost, 0);
  });
});

Deno.test("the session makes no pauses for a device that has answered promptly, whatever it loses", async () => {
  const random = createSeededRandom(3);
  let losses = 0;
  const refuse = (): "silent" | undefined => {
    if (random.next() > 0.3) return undefined;
    losses++;
    return "silent";
  };
  await discover({ reject: refuse }, {}, (handle) => {
    ok(losses > 0);
    deepStrictEqual(handle.detectedPauses, { gapMs: 0, connectGapMs: 0 });
  });
});

Deno.test("a gateway that does not echo transaction ids is read only if this is configured", async () => {
  const transactionId = (): number => 0;
  await discover({ transactionId }, { echoesTransactionId: false }, async (handle) => {
    await readUntilAnswered(handle);
  });
  const device = startOddDevice(inverterImage(), { transactionId });
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { session } = pool.acquire({
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

Deno.test("a late or duplicate answer is never taken for another one, even without transaction ids", async () => {
  const deliveries: AnswerDelivery[] = [];
  const random = createSeededRandom(11);
  const choices: readonly AnswerDelivery[] = [
    "prompt",
    "prompt",
    "prompt",
    "late",
    "twice",
    "lost",
  ];
  const gateway = startSerialGateway(() => {
    const delivery = choices[Math.floor(random.next() * choices.length)] ?? "prompt";
    deliveries.push(delivery);
    return delivery;
  }, 60);
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { session } = pool.acquire({
    host: "127.0.0.1",
    port: gateway.port,
    gapMs: 0,
    connectTimeoutMs: 1_000,
    echoesTransactionId: false,
  });
  let correct = 0;
  const wrong: string[] = [];
  for (let time = 0; time < 100; time++) {
    const address = 100 * time;
    const count = time % 4 === 0 ? 3 : 5;
    const answer = await session.read(
      { unitId: 1, functionCode: 3, address, count, timeoutMs: 40 },
      NEVER,
    );
    if (!answer.ok) continue;
    const registers = [...answer.value];
    if (registers.every((register, at) => register === registerAt(address + at))) {
      correct++;
    } else wrong.push(`${count} at ${address}: ${registers}`);
  }
  await pool.close();
  await gateway.close();
  deepStrictEqual(wrong, []);
  ok(correct > 20, `${correct} correct answers`);
  for (const delivery of ["late", "twice", "lost"] as const) {
    ok(deliveries.filter((each) => each === delivery).length > 5, delivery);
  }
});
