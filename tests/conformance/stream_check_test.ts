/** The judge of all tests of delivery is judged: it must find each fault. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createCodec } from "../../src/records/avro/codec.ts";
import { deviceStateEvent } from "../../src/records/events.ts";
import type { ConsumedRecord } from "../../src/testing/kafka/consumer.ts";
import { checkRecords } from "../../src/testing/stream_check.ts";

const AT_MS = 1_700_000_000_000;
const CODEC = createCodec();

interface Place {
  readonly epoch?: number;
  readonly before?: readonly [epoch: number, seq: number];
  readonly reason?: string;
  readonly partition?: number;
}

/** Records of one stream with these numbers, in this order. */
function arrive(
  ...numbers: readonly (readonly [seq: number, place?: Place])[]
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
      return { topic: "t", partition, offset: at, key: "inv", timestamp: AT_MS, value };
    },
  );
}

Deno.test("two whole epochs with a double are without fault", async () => {
  const { records, doubles, faults, streams } = await checkRecords(
    arrive([1], [2], [2], [3], [1, { epoch: 8, before: [5, 3] }], [2, { epoch: 8 }]),
  );
  deepStrictEqual({ records, doubles, faults }, { records: 6, doubles: 1, faults: [] });
  deepStrictEqual(streams[0]?.epochs.map(({ n }) => n), [3, 2]);
});

const FAULTS: readonly (readonly [string, readonly ConsumedRecord[], RegExp])[] = [
  ["a hole", arrive([1], [3]), /lacks \[2\]/],
  ["a missing beginning", arrive([2], [3]), /lacks \[1\]/],
  [
    "a double that differs",
    arrive([1], [1, { reason: "x" }]),
    /came twice and differs/,
  ],
  ["an order that is not kept", arrive([1], [3], [2]), /first came after 3/],
  [
    "an end that was lost",
    arrive([1], [1, { epoch: 8, before: [5, 2] }]),
    /tells of 2 in 5: 1 came/,
  ],
  [
    "an epoch of which nothing came",
    arrive([1], [1, { epoch: 9, before: [7, 1] }]),
    /tells of 7, not of 5/,
  ],
  [
    "an epoch that goes back",
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
    /key met of device inv/,
  ],
  [
    "a timestamp of its own",
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

for (const [name, records, told] of FAULTS) {
  Deno.test(`${name} is found`, async () => {
    const { faults } = await checkRecords(records);
    ok(faults.some((fault) => told.test(fault)), faults.join("\n"));
    strictEqual(new Set(faults).size, faults.length);
  });
}
