import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../../models/index.ts";
import type { PlannedModel } from "../plan/poll_plan.ts";
import type { FrameFault } from "./decoded.ts";
import { frameFaultOf, type SeenModel, seenModelOf } from "./frame_check.ts";
import { singleReadSource } from "./register_source.ts";

async function modelOf(id: number, length: number): Promise<PlannedModel> {
  const definition = await loadDefinition(id);
  ok(definition);
  return { at: { id, address: 40_070, length }, definition };
}

function faultOf(
  model: PlannedModel,
  body: readonly number[],
  seen?: SeenModel,
): FrameFault | undefined {
  const { id, length } = model.at;
  return frameFaultOf(model, singleReadSource([id, length, ...body]), seen);
}

function fill(model: PlannedModel, value: number): number[] {
  return new Array<number>(model.at.length).fill(value);
}

/** Of model 203: A, V, Hz, W, VA, VAR, PF, TotWh, TotVAh, TotVArh. */
const SCALE_OFFSETS = [6, 15, 17, 22, 27, 32, 37, 54, 71, 104];

/** Ids and lengths; one or two instances of the repeating groups. */
const MEASURING = [
  ...[[101, 50], [103, 50], [111, 60], [113, 60], [160, 48], [201, 105], [203, 105]],
  ...[[213, 124], [307, 11], [401, 30], [403, 32], [404, 39], [802, 62]],
] as const;

Deno.test("frameFaultOf() recognises zeros where a value cannot be 0", async () => {
  for (const [id = 0, length = 0] of MEASURING) {
    const model = await modelOf(id, length);
    strictEqual(faultOf(model, fill(model, 0)), "frame-all-zeros", `${id}`);
  }
});

Deno.test("frameFaultOf() accepts zeros that a device may report, until it has counted", async () => {
  // Irradiance at night, temperatures at 0 degrees, an empty 124, a 701 that is off.
  for (const [id, length] of [[302, 10], [303, 3], [124, 24], [701, 153]] as const) {
    const model = await modelOf(id, length);
    strictEqual(faultOf(model, fill(model, 0)), undefined, `${id}`);
  }
  const der = await modelOf(701, 153);
  const counting = fill(der, 0);
  counting[114] = 0xffff; // a scale factor of -1
  const { id, length } = der.at;
  const seen = seenModelOf(der, singleReadSource([id, length, ...counting]));
  deepStrictEqual(seen, { varied: true, scaled: true, counted: false });
  strictEqual(faultOf(der, fill(der, 0), seen), "frame-all-zeros");
});

Deno.test("frameFaultOf() recognises all ones where they are numbers, and in floats that had others", async () => {
  for (const [id = 0, length = 0] of MEASURING) {
    const model = await modelOf(id, length);
    const isFloat = [111, 113, 213].includes(id);
    const ones = fill(model, 0xffff);
    strictEqual(faultOf(model, ones), isFloat ? undefined : "frame-all-ones", `${id}`);
    const seen = { varied: true, scaled: true, counted: true };
    strictEqual(faultOf(model, ones, seen), "frame-all-ones", `${id}`);
  }
  // "Not implemented" of every point.
  const irradiance = await modelOf(302, 10);
  const seen = { varied: true, scaled: true, counted: false };
  strictEqual(faultOf(irradiance, fill(irradiance, 0xffff), seen), undefined);
  // One sensor at -0.1 degrees.
  const temperature = await modelOf(303, 1);
  strictEqual(faultOf(temperature, [0xffff]), undefined);
});

Deno.test("frameFaultOf() judges a model as a whole", async () => {
  const meter = await modelOf(203, 105);
  for (const value of [0, 0xffff]) {
    for (let at = 0; at < meter.at.length; at++) {
      if (SCALE_OFFSETS.includes(at + 2)) continue;
      const body = fill(meter, value);
      body[at] = 1;
      const seen = { varied: true, scaled: true, counted: true };
      strictEqual(faultOf(meter, body, seen), undefined, `${value} ${at}`);
    }
    strictEqual(faultOf(meter, fill(meter, value).slice(1)), undefined, "unread");
  }
});

/** Model 203 whose scale factors are -1, with one value in all of its other points. */
function meterBody(
  value: number,
  set: Readonly<Record<number, number>> = {},
): number[] {
  const body = new Array<number>(105).fill(value);
  for (const at of SCALE_OFFSETS) body[at - 2] = 0xffff;
  for (const [at, register] of Object.entries(set)) body[Number(at) - 2] = register;
  return body;
}

Deno.test("frameFaultOf() recognises a model whose scale factors are all that is left", async () => {
  const meter = await modelOf(203, 105);
  const counting = meterBody(0, { 47: 1 }); // TotWhImp
  const { id, length } = meter.at;
  const seen = seenModelOf(meter, singleReadSource([id, length, ...counting]));
  deepStrictEqual(seen, { varied: true, scaled: true, counted: true });
  // No power, voltage and frequency, and the counter as before: a grid outage.
  strictEqual(faultOf(meter, counting, seen), undefined);
  strictEqual(faultOf(meter, meterBody(0), seen), "frame-all-zeros");
  strictEqual(faultOf(meter, meterBody(0)), undefined, "a new meter");
  strictEqual(faultOf(meter, meterBody(0xfffe), seen), undefined);
  const ones = { 6: 1, 15: 1, 17: 1 };
  strictEqual(faultOf(meter, meterBody(0xffff, ones)), "frame-all-ones");
  const inverter = await modelOf(103, 50);
  const asleep = new Array<number>(50).fill(0);
  asleep[4] = 0xffff; // A_SF
  strictEqual(faultOf(inverter, asleep), "frame-all-zeros", "there is no state 0");
  asleep[36] = 2; // St
  strictEqual(faultOf(inverter, asleep), undefined);
});

Deno.test("frameFaultOf() finds counters in repeating groups", async () => {
  const inputs = await modelOf(160, 48);
  const body = new Array<number>(48).fill(0);
  body.splice(0, 4, 0xfffe, 0xffff, 0, 0); // scale factors
  body[6] = 2; // N
  body[8] = 1; // ID of the first module
  body[28] = 2; // ID of the second module
  const { id, length } = inputs.at;
  const counted = [...body];
  counted[8 + 13] = 5; // DCWH of the first module
  const seen = seenModelOf(inputs, singleReadSource([id, length, ...counted]));
  strictEqual(seen.counted, true);
  strictEqual(faultOf(inputs, counted, seen), undefined);
  strictEqual(faultOf(inputs, body, seen), "frame-all-zeros");
  strictEqual(faultOf(inputs, body), undefined);
});
