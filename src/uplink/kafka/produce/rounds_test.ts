import { ok } from "node:assert/strict";
import fc from "fast-check";
import {
  createModelCluster,
  type Fate,
  MODEL_PARTITIONS,
  type RoundFate,
  rowOfPartition,
} from "../../../testing/uplink/model_cluster.ts";
import type { StoredRow } from "../../../buffer/buffer.ts";
import { isCertainlyUndelivered } from "../../pump/disposition.ts";
import type { SendResult } from "../../uplink.ts";
import { createModelSender } from "../../../testing/uplink/model_sender.ts";

/** Errors that a broker may give to rows that it has stored. */
const UNKNOWN_ERRORS = [
  "REQUEST_TIMED_OUT",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_LEADER_FOR_PARTITION",
  "KAFKA_STORAGE_ERROR",
  "UNKNOWN",
];
/** Errors of rows that are not stored. */
const REFUSALS = [
  "INVALID_TIMESTAMP",
  "MESSAGE_TOO_LARGE",
  "INVALID_RECORD",
  "TOPIC_AUTHORIZATION_FAILED",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_ENOUGH_REPLICAS",
  "INVALID_PRODUCER_EPOCH",
  "UNKNOWN_PRODUCER_ID",
];
const LAYOUT_ERRORS = ["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE", "lost"];

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ isStored: true, answer: null }) },
  fc.record({
    isStored: fc.boolean(),
    answer: fc.constantFrom("lost", ...UNKNOWN_ERRORS),
  }),
  fc.record({
    isStored: fc.constant(false),
    answer: fc.constantFrom("no leader", ...REFUSALS),
  }),
);
const round: fc.Arbitrary<RoundFate> = fc.record({
  layout: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    fc.constantFrom(...LAYOUT_ERRORS),
  ),
  partitions: fc.tuple(fate, fate, fate),
});
const step = fc.record({
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
  /** Number of rows that are added to each partition before the send. */
  added: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
  /** After a failure: send the same rows again, or other ones. */
  repeats: fc.boolean(),
  rowsMax: fc.integer({ min: 1, max: 12 }),
  /** The cluster is replaced before the send. */
  replaced: fc.option(
    fc.record({ producers: fc.integer({ min: 0, max: 4 }), stored: fc.nat(8) }),
    { freq: 6 },
  ),
});

Deno.test("whatever happens in each round, no row is lost, and none is stored twice that was answered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const model = createModelCluster();
      const sender = createModelSender(model);
      let waiting: StoredRow[] = [];
      let last: readonly StoredRow[] = [];
      let nextId = 1;
      const sent = new Set<number>();
      const delivered = new Set<number>();
      for (const { rounds, added, repeats, rowsMax, replaced } of steps) {
        if (replaced !== null) model.replace(replaced.producers, replaced.stored);
        added.forEach((count, partition) => {
          for (let at = 0; at < count; at++) {
            waiting.push(rowOfPartition(nextId++, partition));
          }
        });
        const batch = repeats && last.length > 0 ? last : waiting.slice(0, rowsMax);
        if (batch.length === 0) continue;
        model.plan(rounds);
        const before = new Set(model.storedIds);
        const result = await sender.send(batch);
        for (const { id } of batch) sent.add(id);
        const stored = new Set(model.storedIds);
        for (const id of deliveredIds(batch, result)) {
          ok(stored.has(id), `row ${id} is lost`);
          delivered.add(id);
        }
        for (const id of certainlyUndelivered(batch, result)) {
          ok(!stored.has(id) || before.has(id), `row ${id} is stored, but reported`);
        }
        waiting = waiting.filter(({ id }) => !delivered.has(id));
        last = batch.filter(({ id }) => !delivered.has(id));
      }
      for (const id of model.storedIds) ok(sent.has(id));
      for (const [id, copies] of countCopies(model.storedIds)) {
        ok(
          copies === 1 || model.unknownIds.has(id),
          `row ${id} is stored ${copies} times, though it was answered`,
        );
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("an identical batch is stored once, however often its answer is unknown", async () => {
  const unknown = fc.record({
    isStored: fc.boolean(),
    answer: fc.constantFrom("lost", null, ...UNKNOWN_ERRORS),
  }).filter(({ isStored, answer }) => isStored || answer !== null);
  const rounds = fc.array(
    fc.record({
      layout: fc.oneof(
        { weight: 5, arbitrary: fc.constant(null) },
        fc.constantFrom(...LAYOUT_ERRORS),
      ),
      partitions: fc.tuple(unknown, unknown, unknown),
    }),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(rounds, { maxLength: 8 }), async (sends) => {
      const model = createModelCluster();
      const sender = createModelSender(model);
      let rows = Array.from(
        { length: 2 * MODEL_PARTITIONS },
        (_, at) => rowOfPartition(at + 1, at % MODEL_PARTITIONS),
      );
      const all = rows.map(({ id }) => id);
      for (const rounds of [...sends, []]) {
        if (rows.length === 0) break;
        model.plan(rounds);
        const done = new Set(deliveredIds(rows, await sender.send(rows)));
        rows = rows.filter(({ id }) => !done.has(id));
      }
      ok(rows.length === 0, "rows are left");
      const ids = model.storedIds.toSorted((a, b) => a - b);
      ok(ids.join() === all.join(), `stored: ${ids}`);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("a cluster that was replaced stores what it acknowledges, also if another producer has the same id", async () => {
  const model = createModelCluster();
  const sender = createModelSender(model);
  ok((await sender.send([rowOfPartition(1, 0)])).ok);
  model.replace(1, 5);
  for (const id of [2, 3]) {
    ok((await sender.send([rowOfPartition(id, 0)])).ok);
    ok(model.storedIds.includes(id), `row ${id} is acknowledged, but not stored`);
  }
});

function deliveredIds(rows: readonly StoredRow[], result: SendResult): number[] {
  if (result.ok) return rows.map(({ id }) => id);
  if (result.parts === undefined) return [];
  const failed = new Set(result.parts.flatMap(({ rows }) => rows.map(({ id }) => id)));
  return rows.map(({ id }) => id).filter((id) => !failed.has(id));
}

/** Ids of the rows whose result proves that they were not stored. */
function certainlyUndelivered(
  rows: readonly StoredRow[],
  result: SendResult,
): number[] {
  if (result.ok) return [];
  const isPart = result.parts !== undefined;
  const parts = result.parts ?? [{ rows, failure: result.failure }];
  return parts.filter(({ failure }) =>
    isCertainlyUndelivered(failure.errorName, isPart)
  )
    .flatMap(({ rows }) => rows.map(({ id }) => id));
}

function countCopies(ids: readonly number[]): Map<number, number> {
  const copies = new Map<number, number>();
  for (const id of ids) copies.set(id, (copies.get(id) ?? 0) + 1);
  return copies;
}
