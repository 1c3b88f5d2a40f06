import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Buffer } from "node:buffer";
import Decoder from "npm:kafkajs@2.2.4/src/protocol/decoder.js";
import Encoder from "npm:kafkajs@2.2.4/src/protocol/encoder.js";
import type { StoredRow } from "../../../buffer/buffer.ts";
import { splitRows, toSendResult } from "./outcome.ts";
import { decodeProduceResponse } from "./response.ts";
import { addMetadata, EMPTY_LAYOUT, forgetTopic } from "../cluster/topic_layout.ts";

const LAYOUT = { partitionCount: 6, leaders: new Map() };
const LOST = { errorName: "TIMEOUT", detail: "no acknowledgement" };

Deno.test("splitRows() keeps the order and puts a key into one partition", () => {
  const rows = Array.from({ length: 100 }, (_, at) => row(at, `key-${at % 13}`));
  const batches = splitRows("t", rows, LAYOUT);
  deepStrictEqual(batches.flatMap(({ ids }) => ids).toSorted((a, b) => a - b), [
    ...rows.keys(),
  ]);
  for (const { ids } of batches) {
    deepStrictEqual(ids, ids.toSorted((a, b) => a - b));
  }
  const keys = batches.map(({ rows }) => new Set(rows.map(({ key }) => key)));
  strictEqual(keys.reduce((sum, { size }) => sum + size, 0), 13);
});

Deno.test("toSendResult() reports each partition that failed, with the named rows", () => {
  const rows = Array.from({ length: 60 }, (_, at) => row(at, `key-${at}`));
  const batches = splitRows("t", rows, LAYOUT);
  const failure = { errorName: "INVALID_RECORD", detail: "no key" };
  const result = toSendResult(
    batches,
    ({ partition }) =>
      partition === 3
        ? { failure, culprits: [1] }
        : partition === 4
        ? undefined
        : { failure: null, culprits: [] },
    () => LOST,
  );
  const [third, fourth] = [3, 4].map((at) =>
    batches.find(({ partition }) => partition === at)
  );
  strictEqual(result.ok, false);
  const parts = result.ok ? [] : result.parts ?? [];
  deepStrictEqual(
    parts.map(({ rows, failure, culprits }) => [rows, failure.errorName, culprits])
      .toSorted(),
    [
      [third?.rows, "INVALID_RECORD", [third?.rows[1]]],
      [fourth?.rows, "TIMEOUT", []],
    ].toSorted(),
  );
});

Deno.test("toSendResult() reports a batch that was stored before as delivered, and silence for all rows", () => {
  const batches = splitRows("t", [row(1, "a")], LAYOUT);
  const failure = { errorName: "DUPLICATE_SEQUENCE_NUMBER", detail: "" };
  deepStrictEqual(
    toSendResult(batches, () => ({ failure, culprits: [] }), () => LOST),
    {
      ok: true,
    },
  );
  deepStrictEqual(toSendResult(batches, () => undefined, () => LOST), {
    ok: false,
    failure: LOST,
  });
});

Deno.test("decodeProduceResponse() decodes version 8 with the named records", () => {
  const partition = (id: number, code: number, culprits: number[]) =>
    new Encoder().writeInt32(id).writeInt16(code).writeInt64(1).writeInt64(-1)
      .writeInt64(0).writeArray(
        culprits.map((at) => new Encoder().writeInt32(at).writeString("why")),
      ).writeString(code === 0 ? null : "reason");
  const topics = [
    new Encoder().writeString("t").writeArray([
      partition(0, 0, []),
      partition(5, 87, [2, 7]),
    ]),
  ];
  const { buffer }: { buffer: Buffer } = new Encoder().writeArray(topics).writeInt32(9);
  deepStrictEqual(decodeProduceResponse(new Decoder(buffer)), {
    topics: [{
      topic: "t",
      partitions: [
        { partition: 0, errorCode: 0, culprits: [], errorMessage: null },
        { partition: 5, errorCode: 87, culprits: [2, 7], errorMessage: "reason" },
      ],
    }],
    clientSideThrottleTime: 9,
  });
});

Deno.test("addMetadata() keeps topics without an error and forgets the others", () => {
  const partitionMetadata = [
    { partitionErrorCode: 0, partitionId: 0, leader: 4 },
    { partitionErrorCode: 5, partitionId: 1, leader: -1 },
  ];
  const brokers = [{ nodeId: 4, host: "b", port: 9092 }];
  const topic = (name: string, topicErrorCode: number) => ({
    topic: name,
    topicErrorCode,
    partitionMetadata: topicErrorCode === 0 ? partitionMetadata : [],
  });
  const first = addMetadata(EMPTY_LAYOUT, {
    brokers,
    topicMetadata: [topic("a", 0), topic("b", 0)],
  });
  const second = addMetadata(first, { brokers, topicMetadata: [topic("b", 3)] });
  deepStrictEqual([...second.topics.keys()], ["a"]);
  deepStrictEqual(second.topics.get("a"), {
    partitionCount: 2,
    leaders: new Map([[0, 4]]),
  });
  deepStrictEqual(forgetTopic(second, "a").topics.size, 0);
});

function row(id: number, key: string): StoredRow {
  return {
    id,
    topic: "t",
    key,
    payload: new Uint8Array(3),
    createdAtMs: id,
    retryCount: 0,
  };
}
