import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { PROGRAM_DATE_MS } from "../../../base/credible_clock.ts";
import {
  learnRefusal,
  NO_TIMESTAMP,
  parseTopicTimes,
  timestampOf,
  type TopicTimes,
} from "./timestamp.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = PROGRAM_DATE_MS + 1_000 * HOUR_MS;
const FREE: TopicTimes = { beforeMaxMs: null, afterMaxMs: null, retentionMs: null };

Deno.test("timestampOf() keeps sampled_at within the limits and gives the reason beyond them", () => {
  const table: [number, TopicTimes | undefined, string | null][] = [
    [NOW_MS, FREE, null],
    [NOW_MS - 900 * HOUR_MS, FREE, null],
    [NOW_MS + 90_000 * HOUR_MS, FREE, null],
    [5, FREE, "clock"],
    [PROGRAM_DATE_MS - 1, FREE, "clock"],
    [NOW_MS - 23 * HOUR_MS, undefined, null],
    [NOW_MS - 25 * HOUR_MS, undefined, "too_old"],
    [NOW_MS - HOUR_MS / 2, { ...FREE, beforeMaxMs: HOUR_MS }, null],
    [NOW_MS - HOUR_MS, { ...FREE, beforeMaxMs: HOUR_MS }, "too_old"],
    [NOW_MS + HOUR_MS / 2, { ...FREE, afterMaxMs: HOUR_MS }, null],
    [NOW_MS + HOUR_MS, { ...FREE, afterMaxMs: HOUR_MS }, "too_new"],
    [NOW_MS - 2 * HOUR_MS, { ...FREE, retentionMs: 6 * HOUR_MS }, null],
    [NOW_MS - 4 * HOUR_MS, { ...FREE, retentionMs: 6 * HOUR_MS }, "retention"],
  ];
  for (const [sampledAtMs, times, reason] of table) {
    deepStrictEqual(timestampOf(sampledAtMs, NOW_MS, times, false), {
      timestampMs: reason === null ? sampledAtMs : NOW_MS,
      reason,
    });
  }
  deepStrictEqual(timestampOf(NOW_MS, NOW_MS + 1, FREE, true), {
    timestampMs: NOW_MS + 1,
    reason: "refused",
  });
  // A clock that is ahead: the send time is refused, sampled_at is not.
  const hour = { ...FREE, beforeMaxMs: HOUR_MS };
  deepStrictEqual(timestampOf(NOW_MS, NOW_MS + 9 * HOUR_MS, hour, true), {
    timestampMs: NOW_MS,
    reason: null,
  });
  strictEqual(timestampOf(5, NOW_MS, FREE, true).reason, "clock");
});

Deno.test("timestampOf() leaves the time to the broker while the gateway's clock cannot be right", () => {
  const { timestampMs, reason } = timestampOf(60_000, 90_000, FREE, false);
  deepStrictEqual([timestampMs, reason], [NO_TIMESTAMP, "clock"]);
  deepStrictEqual(timestampOf(NOW_MS, 90_000, { ...FREE, beforeMaxMs: 1 }, false), {
    timestampMs: NOW_MS,
    reason: null,
  });
});

Deno.test("a timestamp that is not sampled_at always has a reason, and stays within known limits", () => {
  const limit = fc.option(fc.integer({ min: 1_000, max: 10 * HOUR_MS }));
  fc.assert(fc.property(
    fc.integer({ min: -100 * HOUR_MS, max: 100 * HOUR_MS }),
    limit,
    limit,
    limit,
    (ageMs, beforeMaxMs, afterMaxMs, retentionMs) => {
      const sampledAtMs = NOW_MS - ageMs;
      const times = { beforeMaxMs, afterMaxMs, retentionMs };
      const { timestampMs, reason } = timestampOf(sampledAtMs, NOW_MS, times, false);
      strictEqual(reason === null, timestampMs === sampledAtMs);
      ok(NOW_MS - timestampMs <= (beforeMaxMs ?? Infinity));
      ok(timestampMs - NOW_MS <= (afterMaxMs ?? Infinity));
      ok(NOW_MS - timestampMs <= (retentionMs ?? Infinity));
    },
  ));
});

Deno.test("learnRefusal() makes the refused times adjusted without another refusal", () => {
  for (const sampledAtMs of [NOW_MS - 3 * HOUR_MS, NOW_MS + 3 * HOUR_MS]) {
    for (const times of [undefined, FREE]) {
      const learned = learnRefusal(times, [sampledAtMs], NOW_MS);
      ok(timestampOf(sampledAtMs, NOW_MS, learned, false).reason !== null);
      strictEqual(timestampOf(NOW_MS, NOW_MS, learned, false).reason, null);
    }
  }
});

Deno.test("parseTopicTimes() knows old names, broker time, compaction and no limit", () => {
  const parse = (settings: Record<string, string>) =>
    parseTopicTimes(new Map(Object.entries(settings)));
  deepStrictEqual(parse({}), FREE);
  deepStrictEqual(
    parse({
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000",
      "retention.ms": "-1",
    }),
    { ...FREE, afterMaxMs: HOUR_MS },
  );
  deepStrictEqual(parse({ "message.timestamp.difference.max.ms": "7" }), {
    ...FREE,
    beforeMaxMs: 7,
    afterMaxMs: 7,
  });
  deepStrictEqual(parse({ "cleanup.policy": "compact", "retention.ms": "9" }), FREE);
  deepStrictEqual(
    parse({ "cleanup.policy": "compact,delete", "retention.ms": "9" }).retentionMs,
    9,
  );
  deepStrictEqual(
    parse({ "message.timestamp.type": "LogAppendTime", "retention.ms": "9" }),
    FREE,
  );
});
