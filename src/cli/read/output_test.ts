import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { DeviceLayout } from "../../device/layout.ts";
import type { Draft } from "../../records/record.ts";
import type { DeviceView } from "../device/device_view.ts";
import { toJson, toListing } from "./output.ts";

const LAYOUT: DeviceLayout = {
  base: 40_000,
  unitId: 1,
  functionCode: 3,
  models: [],
  end: "end-model",
  oddities: [],
  identity: {
    manufacturer: null,
    model: null,
    options: null,
    firmware: null,
    serial: null,
  },
};

const VIEW: DeviceView = {
  layout: LAYOUT,
  models: [],
  definitions: new Map(),
  records: [],
};

function named(manufacturer: string): DeviceView {
  const identity = { ...LAYOUT.identity, manufacturer };
  return { ...VIEW, layout: { ...LAYOUT, identity } };
}

Deno.test("toListing() prints text from a device without control characters or line breaks", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (manufacturer) => {
    const listing = toListing(named(manufacturer), false);
    strictEqual(listing.match(/\n/g)?.length, 1);
    ok(listing.endsWith("\n"));
    ok(!/\p{C}/u.test(listing.slice(0, -1)));
  }));
});

Deno.test("toListing() prints readable text unchanged", () => {
  const listing = toListing(named("Söhne & Töchter €"), false);
  ok(listing.startsWith("Söhne & Töchter €, serial -"));
});

Deno.test("toListing() prints nested records at any depth on separate lines", () => {
  const source = { ["device_id"]: "dev", quality: "good", flags: [] };
  const fields = {
    ["ac_power_w"]: 5,
    der: { phase_a_power_w: 2, alarms: ["OVER_TEMP", "bit_9"], state: null },
    strings: [{ index: 1, modules: [{ cell_count: 3 }] }, { index: 2, modules: null }],
  };
  const record = { type: "NormalizedInverterData", source, fields } as unknown as Draft;
  const [, ...lines] = toListing({ ...VIEW, records: [record] }, false).split("\n");
  deepStrictEqual(lines, [
    "",
    "NormalizedInverterData dev: quality good",
    "  ac_power_w                   5",
    "  der: phase_a_power_w 2, alarms OVER_TEMP, bit_9",
    "  strings 1: index 1",
    "    modules 1: cell_count 3",
    "  strings 2: index 2",
    "",
  ]);
});

Deno.test("toListing() wraps lines to the width and keeps their indent", () => {
  const source = { ["device_id"]: "dev", quality: "good", flags: [] };
  const fields = {
    strings: [{ index: 1, events: ["GROUND_FAULT", "OVER_TEMP"] }],
    w: 5,
  };
  const record = { type: "NormalizedInverterData", source, fields } as unknown as Draft;
  const lines = toListing({ ...VIEW, records: [record] }, false, 40).split("\n");
  deepStrictEqual(lines.slice(3), [
    "NormalizedInverterData dev: quality good",
    "  strings 1: index 1, events",
    "    GROUND_FAULT, OVER_TEMP",
    "  w                            5",
    "",
  ]);
});

Deno.test("toJson() writes integers beyond 2^53 as text and others as numbers", () => {
  const points = { A: 2n ** 53n + 1n, B: -(2n ** 53n) - 1n, C: 12n, D: 1.5, E: null };
  const model = { id: 714, address: 40_070, length: 18, points, flags: [] };
  deepStrictEqual(JSON.parse(toJson({ ...VIEW, models: [model] })).models[0].points, {
    A: "9007199254740993",
    B: "-9007199254740993",
    C: 12,
    D: 1.5,
    E: null,
  });
});
