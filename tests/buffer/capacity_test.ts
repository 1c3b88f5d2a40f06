/**
 * Small buffers, from the least size up, through kills, restarts and outages: the files
 * stay within max_bytes, the newest rows are stored, and each number is delivered or
 * announced as missing, never both.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { leastMaxBytes, schemaPageBytes } from "../../src/buffer/retention.ts";
import { pending } from "../../src/buffer/gaps.ts";
import { CONTRACT_SCHEMAS } from "../../src/records/avro/writer_schema.ts";
import {
  type CapacityModel,
  createCapacityModel,
} from "../../src/testing/buffer/capacity_model.ts";
import { inMemoryFolder } from "../../src/testing/buffer/memory_folder.ts";

const SCHEMAS = new Map(
  [...CONTRACT_SCHEMAS.values()].map(({ fingerprint, text }) => [fingerprint, text]),
);
const SCHEMA_BYTES = [...SCHEMAS.values()].reduce(
  (sum, text) => sum + schemaPageBytes(text),
  schemaPageBytes("Reading"),
);
/** More steps than any backlog of these sizes takes. */
const DRAIN_STEPS_MAX = 5_000;

function leastFor(streams: number): number {
  return leastMaxBytes({ streams: streams + 1, schemaBytes: SCHEMA_BYTES });
}

type Step =
  | { readonly kind: "away" | "uncertain" | "kill" | "restart" }
  | { readonly kind: "online"; readonly rows: number };

function anyStep(ends: 0 | 1): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ kind: "away" }) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: "uncertain" }) },
    { weight: ends, arbitrary: fc.constant<Step>({ kind: "kill" }) },
    { weight: ends, arbitrary: fc.constant<Step>({ kind: "restart" }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("online" as const),
        rows: fc.integer({ min: 1, max: 120 }),
      }),
    },
  );
}

/** One phase of a run; rows are stored in each. */
function act(model: CapacityModel, step: Step, polls: number): void {
  switch (step.kind) {
    case "away":
      model.poll(polls);
      return model.send(50, "unreachable");
    case "uncertain":
      model.poll(1);
      return model.send(20, "arrived without answer");
    case "kill":
    case "restart":
      model.poll(1);
      return model.restart(step.kind === "kill" ? "kill" : "close");
    case "online":
      model.poll(1);
      model.announce();
      return model.send(step.rows, "delivered");
  }
}

function drain(model: CapacityModel): void {
  for (let n = 0; n < DRAIN_STEPS_MAX; n++) {
    const { queue } = model.file;
    if (queue.rows === 0 && queue.gaps.gaps.length === 0) return;
    model.announce();
    model.send(500, "delivered");
  }
  throw new Error("the backlog does not drain");
}

Deno.test("any sequence of outages, kills and restarts, at any size from the least up", () =>
  inMemoryFolder((folder) => {
    let run = 0;
    let evicted = 0;
    let merged = 0;
    const runs = fc.record({
      streams: fc.constantFrom(1, 7, 20, 60),
      factor: fc.constantFrom(1, 1, 1.2, 2),
      bodyBytes: fc.integer({ min: 150, max: 1_600 }),
      polls: fc.integer({ min: 1, max: 12 }),
      steps: fc.oneof(
        fc.array(anyStep(0), { minLength: 20, maxLength: 60 }),
        fc.array(anyStep(1), { minLength: 20, maxLength: 60 }),
      ),
    });
    fc.assert(
      fc.property(runs, ({ streams, factor, bodyBytes, polls, steps }) => {
        const here = `${folder}/${run++}`;
        Deno.mkdirSync(here);
        const maxBytes = Math.floor(leastFor(streams) * factor);
        const model = createCapacityModel({
          ...{ folder: here, maxBytes, streams, bodyBytes, schemas: SCHEMAS },
        });
        try {
          for (const step of steps) act(model, step, polls);
          evicted += model.evicted;
          drain(model);
          model.poll(1);
          strictEqual(model.file.queue.rows, streams, "storing does not go on");
          drain(model);
          const account = model.account();
          merged += account.merged;
          strictEqual(
            account.neither,
            0,
            "a number is neither delivered nor announced",
          );
          // A row that had arrived without an answer at a kill can be evicted later.
          const isUncertain = steps.some(({ kind }) => kind === "uncertain") &&
            steps.some(({ kind }) => kind === "kill" || kind === "restart");
          if (!isUncertain) {
            strictEqual(account.both, 0, "a number is delivered and announced");
            strictEqual(account.announced, account.given - account.delivered);
          }
          strictEqual(model.newestMissing, 0, "the newest row was not stored");
          ok(model.bytesMax <= maxBytes, `${model.bytesMax} of ${maxBytes} bytes`);
        } finally {
          model.close();
          Deno.removeSync(here, { recursive: true });
        }
      }),
      { numRuns: 25 },
    );
    ok(evicted > 10_000, `only ${evicted} rows were evicted`);
    ok(merged > 0, "no gaps were merged");
  }));

Deno.test("at the least size, many restarts without a destination do not stop the storing", () =>
  inMemoryFolder((folder) => {
    const streams = 20;
    const maxBytes = leastFor(streams);
    const model = createCapacityModel({
      ...{ folder, maxBytes, streams, bodyBytes: 600, schemas: SCHEMAS },
    });
    for (let n = 0; n < 60; n++) {
      model.poll(25);
      model.restart(n % 2 === 0 ? "kill" : "close");
    }
    ok(model.evicted > 20_000, "too few rows were evicted");
    const gaps = pending(model.file.queue.gaps).length;
    ok(gaps <= 2 * streams, `${gaps} gaps are pending`);
    drain(model);
    const { both, neither, announced, given, delivered } = model.account();
    deepStrictEqual([both, neither, given - delivered - announced], [0, 0, 0]);
    strictEqual(model.newestMissing, 0);
    ok(model.bytesMax <= maxBytes, `${model.bytesMax} of ${maxBytes} bytes`);
    model.close();
  }));
