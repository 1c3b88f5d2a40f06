import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../../models/index.ts";
import { decodeModel } from "../decode/decode.ts";
import type { GroupDefinition, ModelDefinition } from "../definition/definition.ts";
import type { Identity } from "../identity.ts";
import { covers, PROTOCOL_LIMITS, type ReadLimits, type Span } from "./read_plan.ts";
import { decodePoll } from "../decode/poll_decode.ts";
import {
  createRegisterImage,
  type PlannedModel,
  planPoll,
  type PollPlan,
  type RegisterImage,
} from "./poll_plan.ts";

const BASE = 40_000;
const DEFINITIONS = new Map<number, ModelDefinition>();
for (const id of MODEL_IDS) {
  const definition = await loadDefinition(id);
  if (definition !== undefined) DEFINITIONS.set(id, definition);
}

/** A device: its registers by address, and its models. */
interface Device {
  readonly registers: Uint16Array;
  readonly models: readonly PlannedModel[];
}

/** A device with these models and lengths; each register holds a small number. */
function build(chain: readonly (readonly [id: number, length: number])[]): Device {
  const registers = new Uint16Array(65_536);
  for (let at = 0; at < registers.length; at++) registers[at] = at % 7;
  registers.set([0x5375, 0x6e53], BASE);
  const models: PlannedModel[] = [];
  let address = BASE + 2;
  for (const [id, length] of chain) {
    const definition = DEFINITIONS.get(id);
    ok(definition, `no definition of ${id}`);
    registers.set([id, length], address);
    models.push({ at: { id, address, length }, definition });
    address += 2 + length;
  }
  return { registers, models };
}

/** Performs the reads; `before` may change the device before each of them. */
function poll(
  device: Device,
  reads: readonly Span[],
  image: RegisterImage,
  before: (index: number) => void = () => {},
): void {
  for (const [index, span] of reads.entries()) {
    before(index);
    image.put(span, device.registers.slice(span.address, span.address + span.count));
  }
}

function chains(): fc.Arbitrary<[number, number][]> {
  const model = fc.tuple(
    fc.constantFrom(...MODEL_IDS),
    fc.integer({ min: 0, max: 400 }),
  );
  return fc.array(model, { maxLength: 12 }).map((all) => [[1, 66], ...all]);
}

function limits(): fc.Arbitrary<ReadLimits> {
  return fc.record({
    countMax: fc.oneof(
      fc.constantFrom(10, 50, 64, 125),
      fc.integer({ min: 4, max: 125 }),
    ),
    gapMax: fc.nat(30),
    joinModels: fc.boolean(),
  });
}

Deno.test("decodePoll() decodes a planned poll as if each model had been read in one request", () => {
  fc.assert(
    fc.property(chains(), limits(), (chain, readLimits) => {
      const device = build(chain);
      const plan = planPoll(device.models, BASE, readLimits);
      const image = createRegisterImage();
      poll(device, plan.reads, image);
      const outcome = decodePoll(plan, image);
      ok(outcome.ok);
      deepStrictEqual(outcome.rereads, []);
      for (const [index, { at, definition }] of device.models.entries()) {
        const registers = device.registers.slice(
          at.address,
          at.address + 2 + at.length,
        );
        deepStrictEqual(outcome.models[index], decodeModel(definition, at, registers));
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("planPoll() keeps every limit and splits neither a model that fits nor a number", () => {
  fc.assert(
    fc.property(chains(), limits(), (chain, readLimits) => {
      const device = build(chain);
      const plan = planPoll(device.models, BASE, readLimits);
      for (const read of plan.reads) {
        ok(read.count >= 1 && read.count <= readLimits.countMax);
        ok(read.address >= BASE);
      }
      const whole = (address: number, count: number): boolean =>
        plan.reads.some((read) => covers(read, address, count));
      for (const { at, definition } of device.models) {
        ok(whole(at.address, 2), "a header is split");
        const size = 2 + at.length;
        const wanted = Math.min(size, fixedEnd(definition.group) ?? size);
        if (wanted <= readLimits.countMax) {
          ok(whole(at.address, Math.max(2, wanted)), `model ${at.id} is split`);
        }
        for (const point of definition.group.points) {
          if (point.offset + point.size > size || point.size > 4) continue;
          ok(whole(at.address + point.offset, point.size), `${point.name} is split`);
        }
      }
    }),
    { numRuns: 200 },
  );
});

/** Registers of a model whose size the definition determines; undefined = L determines it. */
function fixedEnd({ groups, size }: GroupDefinition): number | undefined {
  let end: number | undefined = size;
  for (const { count, ...inner } of groups) {
    const each = fixedEnd({ count, ...inner });
    const known = typeof count === "number" && count > 0 && each !== undefined;
    end = end === undefined || !known ? undefined : end + count * each;
  }
  return end;
}

Deno.test("planPoll() reads adjacent models in one request", () => {
  const { models } = build([[1, 66], [103, 50], [120, 26], [121, 30], [122, 44]]);
  const plan = planPoll(models, BASE, PROTOCOL_LIMITS);
  deepStrictEqual(plan.reads, [
    { address: 40_000, count: 122 },
    { address: 40_122, count: 106 },
  ]);
});

Deno.test("planPoll() splits a long model at its groups and reads its scale factors twice", () => {
  const { models } = build([[1, 66], [160, 248]]);
  const plan = planPoll(models, BASE, PROTOCOL_LIMITS);
  deepStrictEqual(plan.reads, [
    { address: 40_000, count: 120 },
    { address: 40_120, count: 120 },
    { address: 40_240, count: 80 },
    { address: 40_072, count: 4 },
  ]);
});

/** The device changes a scale factor, and the values scaled by it, between two reads. */
function shift(device: Device, address: number, values: readonly number[]): void {
  const { registers } = device;
  registers[address] = (registers[address] ?? 0) - 1;
  for (const value of values) registers[value] = (registers[value] ?? 0) * 10;
}

Deno.test("decodePoll() never returns a value off by a power of ten, whenever a scale factor changes", () => {
  // True values: DCW is 70 W in every module, W of model 701 is 70 W.
  for (const countMax of [20, 50, 64, 125]) {
    for (const kind of ["strings", "derived"] as const) {
      const device = build([[1, 66], kind === "strings" ? [160, 248] : [701, 153]]);
      const [, model] = device.models;
      ok(model);
      const { at, definition } = model;
      const scaleName = kind === "strings" ? "DCW_SF" : "W_SF";
      const scale = definition.group.points.find(({ name }) => name === scaleName);
      ok(scale);
      const users: number[] = [];
      if (kind === "strings") {
        const dcw = definition.group.groups[0]?.points.find(({ name }) =>
          name === "DCW"
        );
        ok(dcw);
        for (let start = 10; start + 20 <= 250; start += 20) {
          users.push(at.address + start + dcw.offset);
        }
      } else {
        for (const point of definition.group.points) {
          if (point.scale === scaleName) users.push(at.address + point.offset);
        }
      }
      const plan = planPoll(device.models, BASE, { countMax, gapMax: 16 });
      for (let moment = 0; moment <= plan.reads.length; moment++) {
        for (const user of users) device.registers[user] = 7;
        device.registers[at.address + scale.offset] = 1;
        const image = createRegisterImage();
        let changed = false;
        const change = (index: number): void => {
          if (index !== moment) return;
          changed = true;
          shift(device, at.address + scale.offset, users);
        };
        poll(device, plan.reads, image, change);
        strictEqual(changed, moment < plan.reads.length, "the change was not applied");
        const first = decodePoll(plan, image);
        ok(first.ok);
        check(first.models[1]?.points, kind);
        if (first.rereads.length > 0) poll(device, first.rereads, image);
        const second = decodePoll(plan, image);
        ok(second.ok);
        deepStrictEqual(second.rereads, []);
        strictEqual(check(second.models[1]?.points, kind), 0, "values are missing");
      }
    }
  }
});

/** Asserts that each value is 70 or null; returns the number of nulls. */
function check(points: unknown, kind: "strings" | "derived"): number {
  ok(typeof points === "object" && points !== null);
  const all: Record<string, unknown> = { ...points };
  const values = kind === "derived" ? [all["W"], all["WL1"]] : modules(all["module"]);
  ok(values.length > 1);
  for (const value of values) ok(value === 70 || value === null, `${String(value)} W`);
  return values.filter((value) => value === null).length;
}

function modules(value: unknown): unknown[] {
  ok(Array.isArray(value));
  return value.map((each: Readonly<Record<string, unknown>>) => each["DCW"]);
}

Deno.test("decodePoll() flags a scale factor that keeps changing and returns null", () => {
  const device = build([[1, 66], [160, 248]]);
  const plan = planPoll(device.models, BASE, PROTOCOL_LIMITS);
  const image = createRegisterImage();
  let turn = 0;
  poll(device, plan.reads, image, () => device.registers[40_074] = turn++ % 7);
  const outcome = decodePoll(plan, image);
  ok(outcome.ok);
  ok(outcome.rereads.length > 0);
  ok(outcome.models[1]?.flags.some(({ reason }) => reason === "scale-changed"));
});

/** The changes that a poll reports after `spoil` changed the device. */
function changesAfter(spoil: (device: Device) => void, identity?: Identity): string[] {
  const device = build([[1, 66], [103, 50]]);
  device.registers.fill(0, 40_004, 40_070);
  device.registers[40_004] = 0x4142;
  const plan: PollPlan = planPoll(device.models, BASE, PROTOCOL_LIMITS, identity);
  spoil(device);
  const image = createRegisterImage();
  poll(device, plan.reads, image);
  const outcome = decodePoll(plan, image);
  return outcome.ok ? [] : [...outcome.changes];
}

Deno.test("decodePoll() reports a changed marker, id and length", () => {
  deepStrictEqual(changesAfter(() => {}), []);
  deepStrictEqual(changesAfter(({ registers }) => registers[40_000] = 0), [
    "at 40000: found 0000 6e53, expected the SunS marker",
  ]);
  deepStrictEqual(changesAfter(({ registers }) => registers[40_070] = 101), [
    "at 40070: found model 101 of length 50, expected model 103 of length 50",
  ]);
  deepStrictEqual(changesAfter(({ registers }) => registers[40_003] = 65), [
    "at 40002: found model 1 of length 65, expected model 1 of length 66",
  ]);
});

Deno.test("decodePoll() reports another device at the same address by its identity", () => {
  const identity: Identity = {
    manufacturer: "AB",
    model: null,
    options: null,
    firmware: null,
    serial: null,
  };
  deepStrictEqual(changesAfter(() => {}, identity), []);
  deepStrictEqual(
    changesAfter(({ registers }) => registers[40_004] = 0x4344, identity),
    [
      'manufacturer changed from "AB" to "CD"',
    ],
  );
});

Deno.test("decodePoll() depends on its own registers only, not on the previous poll", () => {
  const change = fc.tuple(fc.nat(67), fc.integer({ min: 0, max: 0xffff }));
  const polls = fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 6 });
  fc.assert(fc.property(polls, limits(), (polls, limits) => {
    const device = build([[1, 66], [103, 50]]);
    const plan = planPoll(device.models, BASE, limits);
    for (const changes of polls) {
      for (const [at, register] of changes) {
        if (at >= 2) device.registers[BASE + 2 + at] = register;
      }
      const image = createRegisterImage();
      poll(device, plan.reads, image);
      const fresh = planPoll(device.models, BASE, limits);
      const again = createRegisterImage();
      poll(device, fresh.reads, again);
      deepStrictEqual(decodePoll(plan, image), decodePoll(fresh, again));
    }
  }));
});

Deno.test("decodePoll() flags a read without a response and does not report a change", () => {
  const device = build([[1, 66], [103, 50], [160, 248]]);
  const plan = planPoll(device.models, BASE, PROTOCOL_LIMITS);
  const image = createRegisterImage();
  poll(device, plan.reads.slice(0, 1), image);
  const outcome = decodePoll(plan, image);
  ok(outcome.ok);
  const strings = outcome.models[2];
  ok(strings?.flags.some(({ reason }) => reason === "register-unread"));
});

Deno.test("planPoll() throws if a read is too short for the longest number", () => {
  throws(() => planPoll([], BASE, { countMax: 3, gapMax: 0 }), RangeError);
});
