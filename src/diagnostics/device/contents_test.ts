import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import { INVERTER } from "../../testing/devices/devices.ts";
import { assessChain, assessClock, assessValues } from "./contents.ts";

const LAYOUT: DeviceLayout = {
  unitId: 1,
  functionCode: 3,
  base: INVERTER.base,
  models: INVERTER.models.map(({ id, address, length }) => ({ id, address, length })),
  end: "end-model",
  identity: {
    manufacturer: "Example Works",
    model: "EX-10K",
    options: null,
    firmware: "1",
    serial: "7",
  },
  oddities: [],
};

function model(
  points: DecodedModel["points"],
  flags: DecodedModel["flags"] = [],
): DecodedModel {
  return { id: 122, address: 40_070, length: 44, points, flags };
}

Deno.test("assessValues() distinguishes lengths, scale factors and other deviations", () => {
  const steady = assessValues([model({ W_SF: 1 })], [model({ W_SF: 1 })]);
  ok(steady.every(({ severity }) => severity === "ok"));
  const moved = assessValues([model({ W_SF: 1 })], [model({ W_SF: 0 })]);
  ok(moved.some(({ found }) => found.includes("model 122 W_SF")));
  const odd = assessValues([
    model({}, [
      { path: "L", reason: "length-short" },
      { path: "W", reason: "scale-absent" },
      { path: "Md", reason: "text-not-utf8" },
    ]),
  ], []);
  deepStrictEqual(odd.map(({ check, severity }) => `${check} ${severity}`), [
    "lengths warning",
    "scale factors failure",
    "values warning",
  ]);
});

Deno.test("assessClock() compares the device's clock, if it has one", () => {
  const now = Date.UTC(2026, 5, 1);
  const seconds = now / 1_000 - 946_684_800;
  const at = (Tms: number) => assessClock([model({ Tms })], now);
  strictEqual(at(seconds + 10).severity, "ok");
  ok(at(seconds + 3_600).found.startsWith("ahead by 3600 s"));
  ok(at(seconds - 90 * 86_400).found.startsWith("behind by 90 days"));
  strictEqual(assessClock([model({ Tms: null })], now).found, "the device has none");
});

Deno.test("assessChain() recommends base and function code", () => {
  const odd: DeviceLayout = {
    ...LAYOUT,
    base: 50_000,
    functionCode: 4,
    end: "id-zero",
    identity: { ...LAYOUT.identity, serial: null },
    oddities: ["the chain ends at 40174 with model id 0"],
  };
  deepStrictEqual(assessChain(LAYOUT).map(({ severity }) => severity), [
    "ok",
  ]);
  const advice = Object.assign({}, ...assessChain(odd).map((one) => one.advice));
  deepStrictEqual(advice, { base: 50_000, functionCode: 4 });
});
