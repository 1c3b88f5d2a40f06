/** Tests the checker that all delivery tests use: it must find each fault. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createCodec } from "../../src/records/avro/codec.ts";
import { deviceStateEvent } from "../../src/records/events.ts";
import type { ConsumedRecord } from "../../src/testing/kafka/consumer.ts";
import { checkRecords } from "../../src/testing/stream_check.ts";

const AT_MS = 1_700_000_000_000;
const CODEC = createCodec();

interface Position {
  readonly epoch?: number;
  readonly before?: readonly [epoch: number, seq: number];
  readonly reason?: string;
  readonly partition?: number;
}

/** Records of one stream with these sequence numbers, in this order. */
function arrive(
  ...numbers: readonly (readonly [seq: number, position?: Position])[]
): ConsumedRecord[] {
  return numbers.map(
    ([seq, { epoch = 5, before, reason = "", partition = 0 } = {}], at) => {
      const draft = deviceStateEvent(
        { gateway: "gw", site: null, atMs: AT_MS, clockSynced: null },
        { deviceId: "inv", unitId: 1, identity: null },
        { state: "online", previousState: null, reason },
      );
      const numbering = {
        epoch,
        seq,
        ["prev_epoch"]: before?.[0] ?? null,
        ["prev_seq"]: before?.[1] ?? null,
      };
      const value = CODEC.encode(draft, numbering);
      return {
        topic: "t",
        partition,
        offset: at,
        key: "inv",
        timestamp: AT_MS,
        headers: {},
        value,
      };
    },
  );
}

Deno.test("checkRecords() finds no fault in two complete epochs with a duplicate", async () => {
  const { records, duplicates, faults, streams } = await checkRecords(
    arrive([1], [2], [2], [3], [1, { epoch: 8, before: [5, 3] }], [2, { epoch: 8 }]),
  );
  deepStrictEqual({ records, duplicates, faults }, {
    records: 6,
    duplicates: 1,
    faults: [],
  });
  deepStrictEqual(streams[0]?.epochs.map(({ n }) => n), [3, 2]);
});

const FAULTS: readonly (readonly [string, readonly ConsumedRecord[], RegExp])[] = [
  ["a hole", arrive([1], [3]), /lacks \[2\]/],
  ["a missing beginning", arrive([2], [3]), /lacks \[1\]/],
  [
    "a duplicate that differs",
    arrive([1], [1, { reason: "x" }]),
    /seq 1 is a duplicate with other bytes/,
  ],
  ["a wrong order", arrive([1], [3], [2]), /first received after seq 3/],
  [
    "an end that was lost",
    arrive([1], [1, { epoch: 8, before: [5, 2] }]),
    /names prev_seq 2, but epoch 5 ended at 1/,
  ],
  [
    "an epoch without records",
    arrive([1], [1, { epoch: 9, before: [7, 1] }]),
    /names previous epoch 7, expected 5/,
  ],
  [
    "a decreasing epoch",
    arrive([1, { epoch: 8 }], [1, { epoch: 5, before: [4, 1] }]),
    /epoch 5 after 8/,
  ],
  [
    "a key in two partitions",
    arrive([1], [2, { partition: 1 }]),
    /in partition 0 before/,
  ],
  [
    "a key that is not the device",
    arrive([1]).map((record) => ({ ...record, key: "met" })),
    /key met, expected the device id inv/,
  ],
  [
    "a timestamp that is not sampled_at",
    arrive([1]).map((record) => ({ ...record, timestamp: AT_MS + 1 })),
    /timestamp/,
  ],
  [
    "an unknown schema",
    arrive([1]).map((record) => ({
      ...record,
      value: record.value.map((byte) => byte ^ 1),
    })),
    /no schema/,
  ],
];

for (const [name, records, pattern] of FAULTS) {
  Deno.test(`checkRecords() finds ${name}`, async () => {
    const { faults } = await checkRecords(records);
    ok(faults.some((fault) => pattern.test(fault)), faults.join("\n"));
    strictEqual(new Set(faults).size, faults.length);
  });
}
