import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { StoredRow } from "../../src/buffer/buffer.ts";
import { consume, type ConsumedRecord } from "../../src/testing/kafka/consumer.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { startPumping } from "../../src/testing/uplink/pumping.ts";
import { idOf, makeRows } from "../../src/testing/uplink/rows.ts";

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** Records older than 10 minutes are deleted, at the earliest after a second. */
const DELETES = { "retention.ms": "600000", "segment.ms": "1000" };
const HOUR = { "message.timestamp.before.max.ms": String(HOUR_MS) };

Deno.test({
  name: "rows with any sampled_at reach the broker with a timestamp that it keeps",
  // Clients of probes end some seconds later.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    // Retention is applied within a second, and not after minutes.
    await using broker = await startBroker({
      properties: {
        "log.retention.check.interval.ms": "500",
        "log.initial.task.delay.ms": "500",
      },
    });

    async function delivered(
      topic: string,
      config: Readonly<Record<string, string>>,
      times: readonly number[],
    ): Promise<{ rows: readonly StoredRow[]; records: ConsumedRecord[] }> {
      await broker.createTopic(topic, { partitions: 2, config });
      await using pumping = await startPumping([broker.bootstrap]);
      const rows = makeRows(topic, times.length, { keys: 5, times });
      await pumping.storeRows(rows);
      await pumping.untilDelivered();
      deepStrictEqual(pumping.events, [], "nothing was refused");
      if (config["segment.ms"] !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, 4_000));
      }
      const found = await consume(broker.bootstrap, {
        topics: [topic],
        count: rows.length,
      });
      const records = found.toSorted((a, b) => idOf(a.value) - idOf(b.value));
      deepStrictEqual(
        records.map(({ value }) => String(value)),
        rows.map(({ payload }) => String(payload)),
        "the bodies are unchanged",
      );
      return { rows, records };
    }

    const now = () => Date.now();
    const cases: [string, Record<string, string>, number, string | undefined][] = [
      ["recent", HOUR, now() - HOUR_MS / 2, undefined],
      ["old", HOUR, now() - 2 * HOUR_MS, "too_old"],
      ["year1970", DELETES, 5_000, "clock"],
      [
        "future",
        { "message.timestamp.after.max.ms": "3600000" },
        now() + 10 * YEAR_MS,
        "too_new",
      ],
      [
        "kept",
        { "retention.ms": String(6 * HOUR_MS) },
        now() - 4 * HOUR_MS,
        "retention",
      ],
    ];
    for (const [topic, config, atMs, reason] of cases) {
      await t.step(`${topic}: ${reason ?? "unchanged"}`, async () => {
        const beganMs = now();
        const { rows, records } = await delivered(topic, config, Array(12).fill(atMs));
        for (const [at, { timestamp, headers }] of records.entries()) {
          if (reason === undefined) {
            strictEqual(timestamp, rows[at]?.createdAtMs);
            deepStrictEqual(headers, {});
          } else {
            ok(timestamp >= beganMs && timestamp <= now(), `${timestamp}`);
            deepStrictEqual(headers, { timestamp_adjusted: reason });
          }
        }
      });
    }

    await t.step(
      "a gateway without a clock: the broker's own time applies",
      async () => {
        const real = Date.now;
        // The monotonic clock of the pump does not depend on it.
        Date.now = () => real() % 1_000_000;
        try {
          const { records } = await delivered(
            "no-clock",
            DELETES,
            Array(12).fill(60_000),
          );
          for (const { headers } of records) {
            deepStrictEqual(headers, { timestamp_adjusted: "clock" });
          }
        } finally {
          Date.now = real;
        }
      },
    );

    await t.step(
      "limits that changed: refused rows are sent again with the send time",
      async () => {
        await broker.createTopic("stricter", { partitions: 1 });
        await using pumping = await startPumping([broker.bootstrap]);
        await pumping.store("stricter", 10);
        await pumping.untilDelivered();
        await broker.deleteTopic("stricter");
        await broker.createTopic("stricter", { partitions: 1, config: HOUR });
        const times = [now() - 2 * HOUR_MS, now(), now() - 3 * HOUR_MS];
        await pumping.storeRows(
          makeRows("stricter", 3, { keys: 3, times, firstId: 11 }),
        );
        await pumping.untilDelivered();
        const records = await consume(broker.bootstrap, {
          topics: ["stricter"],
          count: 3,
        });
        deepStrictEqual(
          records.map(({ value, headers }) => [idOf(value), headers]),
          [
            [11, { timestamp_adjusted: "refused" }],
            [12, {}],
            [13, { timestamp_adjusted: "refused" }],
          ],
        );
      },
    );

    await t.step(
      "a topic that refuses the send time waits alone, with an alarm",
      async () => {
        await broker.createTopic("never", {
          config: { "message.timestamp.before.max.ms": "0" },
        });
        await broker.createTopic("other");
        await using pumping = await startPumping([broker.bootstrap]);
        await pumping.store("never", 10);
        await pumping.store("other", 10);
        await pumping.until("alarm", () => pumping.pump.status.alarms.length > 0);
        match(pumping.pump.status.alarms[0]?.text ?? "", /^Clock ahead/);
        await pumping.store("other", 10);
        await pumping.until(
          "the other topic is delivered",
          () => pumping.pump.status.rowsDelivered === 20,
        );
      },
    );
  },
});
