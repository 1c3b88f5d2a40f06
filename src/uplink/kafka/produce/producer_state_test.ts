import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { reduceAnswers, type RowBatch } from "./outcome.ts";
import {
  accepted,
  canSend,
  disconnected,
  firstSequence,
  NO_PRODUCER,
  type PartitionBatch,
  type ProducerState,
  sent,
  withProducer,
} from "./producer_state.ts";

/** What happens to a batch: stored or not, and whether its answer arrives. */
type Fate = "stored" | "refused" | "lost-stored" | "lost";

const CLUSTER = "a";

Deno.test("no row is lost, and only a batch without an answer can be stored twice", () => {
  const step = fc.record({
    partition: fc.nat(2),
    /** After a lost answer: repeat the batch, or send half of it. */
    repeats: fc.boolean(),
    rows: fc.integer({ min: 1, max: 4 }),
    fate: fc.constantFrom<Fate>("stored", "refused", "lost-stored", "lost"),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const broker = createBroker();
    let state: ProducerState = NO_PRODUCER;
    let nextId = 1;
    let changed = 0;
    const waiting = new Map<number, { ids: number[]; tried: number }>();
    const delivered: number[] = [];
    for (const { partition, repeats, rows, fate } of steps) {
      const queue = waiting.get(partition) ?? { ids: [], tried: 0 };
      waiting.set(partition, queue);
      for (let at = 0; at < rows; at++) queue.ids.push(nextId++);
      const whole = queue.tried > 0 && repeats ? queue.tried : queue.ids.length;
      const ids = queue.ids.slice(0, whole);
      const batch = rowBatch(partition, ids);
      if (!canSend(state, [batch], CLUSTER)) {
        // The new producer id cannot recognise what the previous one sent.
        for (const { tried } of waiting.values()) changed += tried;
        state = withProducer(broker.newProducer(), CLUSTER);
      }
      const sequence = firstSequence(state, batch);
      state = sent(state, [batch]);
      if (fate === "stored" || fate === "lost-stored") {
        broker.store(state, batch, sequence);
      }
      const isLost = fate === "lost" || fate === "lost-stored";
      const failure = fate === "refused" ? { errorName: "X", detail: "" } : null;
      const answer = isLost ? undefined : { failure, culprits: [] };
      state = reduceAnswers(state, [batch], () => answer);
      // A refused batch may have been stored before.
      if (fate !== "refused") queue.tried = isLost ? ids.length : 0;
      if (fate === "stored") delivered.push(...queue.ids.splice(0, whole));
    }
    for (const id of delivered) ok(broker.rows.includes(id), `row ${id} is lost`);
    const duplicates = broker.rows.length - new Set(broker.rows).size;
    ok(duplicates <= changed, `${duplicates} duplicates, ${changed} rows resent`);
  }));
});

Deno.test("an identical batch keeps its sequence number until it is answered", () => {
  const batch = { topic: "t", partition: 0, ids: [1, 2, 3] };
  let state = withProducer({ producerId: "7", producerEpoch: 0 }, CLUSTER);
  state = sent(state, [batch]);
  strictEqual(canSend(state, [batch], CLUSTER), true);
  strictEqual(canSend(state, [batch], "b"), false);
  strictEqual(canSend(state, [{ ...batch, ids: [1, 2] }], CLUSTER), false);
  strictEqual(canSend(state, [{ ...batch, partition: 1, ids: [9] }], CLUSTER), true);
  strictEqual(firstSequence(state, batch), 0);
  state = accepted(state, batch);
  strictEqual(firstSequence(state, batch), 3);
});

Deno.test("sequence numbers continue at 0 after the largest", () => {
  let state = withProducer({ producerId: "7", producerEpoch: 0 }, CLUSTER);
  const large: PartitionBatch = {
    topic: "t",
    partition: 0,
    ids: { length: 2 ** 31 - 1 } as unknown as number[],
  };
  state = accepted(state, large);
  const next = { topic: "t", partition: 0, ids: [1, 2, 3] };
  strictEqual(firstSequence(state, next), 2 ** 31 - 1);
  state = accepted(state, next);
  strictEqual(firstSequence(state, next), 2);
});

Deno.test("a lost connection ends the producer id, at once or when every batch is answered", () => {
  const idle = withProducer({ producerId: "7", producerEpoch: 0 }, CLUSTER);
  const batch = { topic: "t", partition: 0, ids: [1] };
  strictEqual(canSend(disconnected(idle), [batch], CLUSTER), false);
  const ending = disconnected(sent(idle, [batch]));
  strictEqual(canSend(ending, [batch], CLUSTER), true);
  strictEqual(canSend(accepted(ending, batch), [batch], CLUSTER), false);
});

Deno.test("a refusal needs a new producer id, a lost answer does not", () => {
  const batches = [rowBatch(0, [1]), rowBatch(1, [2])];
  const state = sent(
    withProducer({ producerId: "7", producerEpoch: 0 }, CLUSTER),
    batches,
  );
  const refusal = {
    failure: { errorName: "INVALID_RECORD", detail: "" },
    culprits: [],
  };
  const late = {
    failure: { errorName: "REQUEST_TIMED_OUT", detail: "" },
    culprits: [],
  };
  const stored = { failure: null, culprits: [] };
  const answers = (second: typeof refusal | typeof late | undefined) =>
    reduceAnswers(
      state,
      batches,
      ({ partition }) => partition === 0 ? stored : second,
    );
  deepStrictEqual(answers(refusal), NO_PRODUCER);
  for (const answer of [late, undefined]) {
    const next = answers(answer);
    ok(next.producer !== null);
    strictEqual(canSend(next, [rowBatch(1, [2])], CLUSTER), true);
    strictEqual(canSend(next, [rowBatch(1, [2, 3])], CLUSTER), false);
    strictEqual(canSend(next, [rowBatch(0, [3])], CLUSTER), true);
  }
});

function rowBatch(partition: number, ids: readonly number[]): RowBatch {
  return { topic: "t", partition, ids, rows: [] };
}

/** A broker that discards sequence numbers that it has stored. */
function createBroker() {
  let producers = 0;
  const rows: number[] = [];
  const next = new Map<string, number>();
  return {
    rows,
    newProducer: () => ({ producerId: String(++producers), producerEpoch: 0 }),
    store({ producer }: ProducerState, batch: PartitionBatch, sequence: number): void {
      const key = `${producer?.producerId}/${batch.partition}`;
      const expected = next.get(key) ?? 0;
      ok(sequence <= expected, "OUT_OF_ORDER_SEQUENCE_NUMBER");
      if (sequence < expected) return;
      next.set(key, sequence + batch.ids.length);
      rows.push(...batch.ids);
    },
  };
}
