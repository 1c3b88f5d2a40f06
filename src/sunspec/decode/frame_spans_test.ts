import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../../models/index.ts";
import type { PointDefinition } from "../definition/definition.ts";
import { type ModelReads, planPoll, type PollPlan } from "../plan/poll_plan.ts";
import type { Span } from "../plan/read_plan.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import type { DecodedModel } from "./decoded.ts";
import { createFrameHistory, type FrameHistory } from "./frame_history.ts";
import { toNamed } from "./decode.ts";
import { decodeImage } from "./image_decode.ts";
import { createRegisterImage, type RegisterImage } from "./register_image.ts";

const ADDRESS = 40_070;

interface Case {
  readonly plan: PollPlan;
  readonly model: ModelReads;
  readonly points: readonly PointDefinition[];
}

async function caseOf(id: number, length: number, countMax: number): Promise<Case> {
  const definition = await loadDefinition(id);
  ok(definition);
  const models = [{ at: { id, address: ADDRESS, length }, definition }];
  const plan = planPoll(models, 40_000, { countMax, gapMax: countMax });
  const [model] = plan.models;
  ok(model);
  return { plan, model, points: definition.group.points };
}

/** The registers of a model by offset; scale factors of -2, and `value` in the rest. */
function bodyOf({ model, points }: Case, value: (at: number) => number): number[] {
  const { id, length } = model.at;
  const body = Array.from({ length: length + MODEL_HEADER_SIZE }, (_, at) => value(at));
  body.splice(0, MODEL_HEADER_SIZE, id, length);
  for (const { type, offset } of points) {
    if (type === "sunssf") body[offset] = 0xfffe;
    if (type === "count") body[offset] = 2;
  }
  return body;
}

/** The responses to all reads; of `broken` everything but the header is `fill`. */
function imageOf(
  { plan }: Case,
  body: readonly number[],
  broken: readonly Span[] = [],
  fill = 0,
): RegisterImage {
  const image = createRegisterImage();
  for (const span of plan.reads) {
    const registers = Uint16Array.from({ length: span.count }, (_, index) => {
      const at = span.address + index - ADDRESS;
      const isLost = broken.includes(span) && at >= MODEL_HEADER_SIZE;
      return isLost ? fill : body[at] ?? 0;
    });
    image.put(span, registers);
  }
  return image;
}

function decode(
  { plan }: Case,
  frames: FrameHistory,
  image: RegisterImage,
): DecodedModel {
  const faults = frames.faultsOf(plan, image);
  frames.note(plan, image, faults);
  const [decoded] = decodeImage(plan, image, faults);
  ok(decoded);
  return toNamed(decoded);
}

function bodySize({ address, count }: Span): number {
  const start = Math.max(address - ADDRESS, MODEL_HEADER_SIZE);
  return address - ADDRESS + count - start;
}

function isWithin({ offset, size }: PointDefinition, span: Span): boolean {
  const start = span.address - ADDRESS;
  return offset >= start && offset + size <= start + span.count;
}

type Length = readonly [id: number, length: number];

const LENGTHS: readonly Length[] = [[103, 50], [203, 105], [213, 124], [701, 153], [
  160,
  48,
]];

const WITHOUT_VALUE = ["string", "pad", "sunssf", "count"];

interface Split {
  readonly model: Length;
  readonly countMax: number;
  /** Which of the reads is broken. */
  readonly nth: number;
  readonly seed: number;
}

const split: fc.Arbitrary<Split> = fc.record({
  model: fc.constantFrom(...LENGTHS),
  countMax: fc.integer({ min: 4, max: 124 }),
  nth: fc.nat(30),
  seed: fc.nat(6),
});

/** A device that was seen, then one of its reads broken; undefined = it cannot be judged. */
async function breakOne(
  { model: [id, length], countMax, nth, seed }: Split,
  fill: number,
): Promise<{ found: Case; span: Span; decoded: DecodedModel } | undefined> {
  const found = await caseOf(id, length, countMax);
  const { parts } = found.model;
  const span = parts[nth % parts.length];
  if (parts.length < 2 || span === undefined || bodySize(span) < 3) return undefined;
  const frames = createFrameHistory();
  const body = bodyOf(found, (at) => 0x4100 + ((at + seed) % 7));
  decode(found, frames, imageOf(found, body));
  const decoded = decode(found, frames, imageOf(found, body, [span], fill));
  return { found, span, decoded };
}

Deno.test("no value is left of a read that is all ones, however a model is split", async () => {
  let faults = 0;
  await fc.assert(
    fc.asyncProperty(split, async (drawn) => {
      const broken = await breakOne(drawn, 0xffff);
      if (broken === undefined) return;
      const { found, span, decoded } = broken;
      for (const point of found.points) {
        if (WITHOUT_VALUE.includes(point.type) || !isWithin(point, span)) continue;
        if (point.offset < MODEL_HEADER_SIZE) continue;
        strictEqual(decoded.points[point.name], null, point.name);
      }
      if (decoded.flags.some(({ reason }) => reason === "frame-all-ones")) faults++;
    }),
    { numRuns: 300 },
  );
  ok(faults > 50, `${faults} faults`);
});

Deno.test("no value is left of a read that is all zeros with a counter or scale factor, nor one scaled by it", async () => {
  let faults = 0;
  await fc.assert(
    fc.asyncProperty(split, async (drawn) => {
      const broken = await breakOne(drawn, 0);
      if (broken === undefined) return;
      const { found, span, decoded } = broken;
      const held = found.points.filter((point) =>
        isWithin(point, span) && point.offset >= MODEL_HEADER_SIZE
      );
      const scales = held.filter(({ type }) => type === "sunssf").map(({ name }) =>
        name
      );
      if (scales.length === 0 && !held.some(({ type }) => type.startsWith("acc"))) {
        return;
      }
      for (const point of found.points) {
        const isLost = held.includes(point) && !WITHOUT_VALUE.includes(point.type);
        if (!isLost && !scales.includes(String(point.scale))) continue;
        strictEqual(decoded.points[point.name], null, point.name);
      }
      ok(decoded.flags.length > 0);
      faults++;
    }),
    { numRuns: 300 },
  );
  ok(faults > 50, `${faults} faults`);
});

Deno.test("reads that were never different stay as they are", async () => {
  for (const [id, length] of LENGTHS) {
    for (const fill of [0, 0xffff]) {
      const found = await caseOf(id, length, 20);
      const { parts } = found.model;
      for (const span of parts) {
        const frames = createFrameHistory();
        const body = bodyOf(found, () => 0x4100);
        const start = Math.max(span.address - ADDRESS, MODEL_HEADER_SIZE);
        body.fill(fill, start, start + bodySize(span));
        const image = imageOf(found, body);
        const first = decode(found, frames, image);
        deepStrictEqual(decode(found, frames, image), first);
        ok(!first.flags.some(({ reason }) => reason.startsWith("frame-")));
      }
    }
  }
});

Deno.test("a read without voltage, frequency and power is a grid outage while counters and scale factors stay", async () => {
  const found = await caseOf(203, 105, 20);
  const frames = createFrameHistory();
  const body = bodyOf(found, () => 1);
  ok(found.model.parts.length > 5);
  decode(found, frames, imageOf(found, body));
  const isKept = (offset: number): boolean =>
    found.points.some((point) =>
      (point.type === "sunssf" || point.type === "acc32") &&
      point.offset <= offset && offset < point.offset + point.size
    );
  const outage = body.map((register, at) => at < 2 || isKept(at) ? register : 0);
  const { points, flags } = decode(found, frames, imageOf(found, outage));
  deepStrictEqual([points["W"], points["Hz"], points["PhV"]], [0, 0, 0]);
  deepStrictEqual(flags, []);
});

Deno.test("impossible registers that were like that in the last poll are not read again", async () => {
  const found = await caseOf(103, 50, 20);
  const frames = createFrameHistory();
  const [, span] = found.model.parts.filter((part) => bodySize(part) >= 3);
  ok(span);
  const body = bodyOf(found, () => 1);
  const broken = imageOf(found, body, [span], 0xffff);
  decode(found, frames, imageOf(found, body));
  strictEqual(frames.isNew(found.model.at, frames.faultsOf(found.plan, broken)), true);
  decode(found, frames, broken);
  // It was like that in the last poll too, and is not read again.
  strictEqual(frames.isNew(found.model.at, frames.faultsOf(found.plan, broken)), false);
  deepStrictEqual(decode(found, frames, imageOf(found, body)).flags, []);
});
