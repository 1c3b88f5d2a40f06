import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { consume, type ConsumedRecord } from "../../src/testing/kafka/consumer.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import type { StoredRow } from "../../src/buffer/buffer.ts";
import { startPumping } from "../../src/testing/uplink/pumping.ts";
import { idOf, makeRows } from "../../src/testing/uplink/rows.ts";

const ROWS = 10_000;
const KEYS = 24;
const PARTITIONS = 6;

Deno.test({
  name: "a partition that refuses rows affects no other partition",
  // Clients that are replaced after a fault end some seconds later.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using broker = await startBroker();

    await t.step("one row above the size limit in one of six partitions", async () => {
      await broker.createTopic("large", {
        partitions: PARTITIONS,
        config: { "max.message.bytes": "200000" },
      });
      await using pumping = await startPumping([broker.bootstrap]);
      const rows = makeRows("large", ROWS, { keys: KEYS });
      await pumping.storeRows(
        rows.map((row, at) =>
          at === 4_321 ? { ...row, payload: grown(row.payload, 300_000) } : row
        ),
      );
      await pumping.until(
        "all rows but one are delivered",
        () =>
          pumping.pump.status.rowsDelivered >= ROWS - 1 &&
          pumping.pump.status.rowsDeadLettered > 0,
      );
      strictEqual(pumping.pump.status.rowsDelivered, ROWS - 1);
      strictEqual(pumping.pump.status.rowsDeadLettered, 1);
      ok(pumping.results.some((result) => !result.ok), "nothing was refused");
      const records = await consume(broker.bootstrap, {
        topics: ["large"],
        count: ROWS - 1,
      });
      assertSameRows(rows.filter((_, at) => at !== 4_321), records);
    });

    await t.step("a topic whose size limit is below the size of a batch", async () => {
      await broker.createTopic("narrow", {
        partitions: PARTITIONS,
        config: { "max.message.bytes": "2000" },
      });
      await using pumping = await startPumping([broker.bootstrap]);
      const rows = makeRows("narrow", 2_564, { keys: KEYS });
      await pumping.storeRows(rows);
      await pumping.untilDelivered();
      ok(pumping.results.some((result) => !result.ok), "nothing was refused");
      const records = await consume(broker.bootstrap, {
        topics: ["narrow"],
        count: rows.length,
      });
      assertSameRows(rows, records);
    });

    await t.step(
      "a row whose send time is refused too, in one of six partitions",
      async () => {
        await broker.createTopic("new", {
          partitions: PARTITIONS,
          config: { "message.timestamp.after.max.ms": "3600000" },
        });
        await using pumping = await startPumping([broker.bootstrap]);
        const rows = makeRows("new", ROWS, { keys: KEYS }).map((row, at) =>
          at === 4_321 ? { ...row, createdAtMs: Date.now() + 86_400_000 } : row
        );
        const stream = rows[4_321]?.key;
        const others = rows.filter(({ key }, at) => key !== stream || at < 4_321);
        using ahead = clockAhead(2 * 86_400_000);
        await pumping.storeRows(rows);
        await pumping.until(
          "the other streams are delivered",
          () => pumping.pump.status.rowsDelivered >= others.length,
        );
        match(pumping.pump.status.alarms[0]?.text ?? "", /^Clock ahead/);
        await new Promise((resolve) => setTimeout(resolve, 17_000));
        strictEqual(pumping.pump.status.rowsDelivered, others.length);
        ahead[Symbol.dispose]();
        await pumping.untilDelivered();
        deepStrictEqual(pumping.pump.status.alarms, []);
        const records = await consume(broker.bootstrap, {
          topics: ["new"],
          count: rows.length,
        });
        assertSameRows(rows, records);
      },
    );
  },
});

/** Sets the wall clock of this process forward until it is disposed. */
function clockAhead(byMs: number): Disposable {
  const now = Date.now;
  Date.now = () => now() + byMs;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

/** Each row is in the topic once, and in order per key. */
function assertSameRows(
  rows: readonly StoredRow[],
  records: readonly ConsumedRecord[],
): void {
  strictEqual(
    records.length,
    rows.length,
    `${records.length} records of ${rows.length} rows`,
  );
  const idsOf = (key: string) =>
    records.filter((record) => record.key === key)
      .map(({ value }) => idOf(value));
  for (const key of new Set(rows.map((row) => row.key))) {
    deepStrictEqual(
      idsOf(key),
      rows.filter((row) => row.key === key).map((row) => row.id),
      key,
    );
  }
}

/** A payload with the same start and random bytes up to this size. */
function grown(payload: Uint8Array, bytes: number): Uint8Array {
  const result = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) {
    crypto.getRandomValues(result.subarray(at, at + 65_536));
  }
  result.set(payload);
  return result;
}
