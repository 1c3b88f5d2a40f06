import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  createModelCluster,
  type Fate,
  type RoundFate,
  rowOfPartition,
  STORED,
} from "../../../testing/uplink/model_cluster.ts";
import { createModelSender } from "../../../testing/uplink/model_sender.ts";
import type { SendResult } from "../../uplink.ts";

const NOT_LEADER: Fate = { isStored: false, answer: "NOT_LEADER_FOR_PARTITION" };
const WRONG_TIME: Fate = { isStored: false, answer: "INVALID_TIMESTAMP" };
const LOST: Fate = { isStored: true, answer: "lost" };

Deno.test("a layout that is refused in a later round does not affect the rows that are stored", async () => {
  const model = createModelCluster();
  const rows = [rowOfPartition(1, 0), rowOfPartition(2, 1), rowOfPartition(3, 0)];
  model.plan([
    round([STORED, NOT_LEADER]),
    { layout: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] },
  ]);
  const sender = createModelSender(model);
  const result = await sender.send(rows);
  deepStrictEqual(failedParts(result), [["NOT_LEADER_FOR_PARTITION", [2]]]);
  strictEqual((await sender.send(rows.slice(1, 2))).ok, true);
  deepStrictEqual(model.storedIds, [1, 3, 2]);
});

Deno.test("an answer of an earlier round is not the answer to what was sent after it", async () => {
  const model = createModelCluster();
  const rows = [rowOfPartition(1, 0), rowOfPartition(2, 1)];
  model.plan([round([WRONG_TIME, WRONG_TIME]), round([LOST, LOST])]);
  const sender = createModelSender(model);
  const result = await sender.send(rows);
  strictEqual(result.ok ? "" : result.failure.errorName, "TIMEOUT");
  strictEqual((await sender.send(rows)).ok, true);
  deepStrictEqual(model.storedIds.toSorted(), [1, 2]);
});

Deno.test("a time that is refused is no alarm if the other time could not be tried", async () => {
  const model = createModelCluster();
  const rows = [rowOfPartition(1, 0), rowOfPartition(2, 1)];
  model.plan([
    round([STORED, WRONG_TIME]),
    { layout: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] },
  ]);
  const result = await createModelSender(model).send(rows);
  deepStrictEqual(failedParts(result), [["UNKNOWN_TOPIC_OR_PARTITION", [2]]]);
});

Deno.test("rows that a leader may have stored before it failed are not certainly undelivered", async () => {
  const leaderless: Fate = { isStored: false, answer: "no leader" };
  const stored: Fate = { isStored: true, answer: "NOT_LEADER_FOR_PARTITION" };
  const model = createModelCluster();
  model.plan([
    round([stored]),
    ...Array.from({ length: 3 }, () => round([leaderless])),
  ]);
  const sender = createModelSender(model);
  const rows = [rowOfPartition(1, 0)];
  deepStrictEqual(failedParts(await sender.send(rows)), [
    ["NOT_LEADER_FOR_PARTITION", [1]],
  ]);
  strictEqual((await sender.send(rows)).ok, true);
  deepStrictEqual(model.storedIds, [1]);
});

function round(partitions: readonly Fate[]): RoundFate {
  return { layout: null, partitions };
}

function failedParts(result: SendResult): [string, number[]][] {
  const parts = result.ok ? [] : result.parts ?? [];
  return parts.map((
    { failure, rows },
  ) => [failure.errorName, rows.map(({ id }) => id)]);
}
