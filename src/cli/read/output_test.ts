import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { DeviceLayout } from "../../device/layout.ts";
import type { DecodedModel, Points } from "../../sunspec/decode/decode.ts";
import type {
  ModelDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import type { Draft } from "../../records/record.ts";
import type { DeviceView } from "../device/device_view.ts";
import { toListing } from "./listing.ts";
import { toJson } from "./output.ts";

const POINT: readonly PointDefinition[] = [
  { name: "X", type: "uint16", size: 1, offset: 0 },
];

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

/** A definition with a point of each kind that is shown in a form of its own. */
const DEFINITION: ModelDefinition = {
  id: 64_001,
  name: "shown",
  group: {
    name: "shown",
    count: 1,
    size: 10,
    points: [
      { name: "A", type: "float32", size: 2, offset: 2, units: "A" },
      { name: "E", type: "float64", size: 4, offset: 4, units: "WH" },
      { name: "PF", type: "int16", size: 1, offset: 8, units: "cos()" },
      { name: "SoC", type: "uint16", size: 1, offset: 9, units: "Pct" },
      { name: "Evt", type: "bitfield16", size: 1, offset: 10, symbols: { 0: "HOT" } },
    ],
    groups: [
      { name: "once", count: 1, size: 1, points: POINT, groups: [] },
      { name: "each", count: 0, size: 1, points: POINT, groups: [] },
    ],
  },
};

function withPoints(points: Points, flags: DecodedModel["flags"] = []): DeviceView {
  const model = { id: DEFINITION.id, address: 40_002, length: 12, points, flags };
  const definitions = new Map([[DEFINITION.id, DEFINITION]]);
  return { ...VIEW, models: [model], definitions };
}

Deno.test("toListing() shows values as people write them", () => {
  const view = withPoints({
    A: Math.fround(0.7),
    E: Math.fround(0.7),
    PF: 0.99,
    SoC: 55,
    Evt: 0b1_0000_0000_0001,
    once: [{ X: 1 }],
    each: [{ X: null }, { X: 2 }],
  });
  const [, , , ...lines] = toListing(view, false).split("\n");
  deepStrictEqual(lines, [
    "  A              0.7 A",
    "  E              0.699999988079071 Wh",
    "  PF             0.99",
    "  SoC            55 %",
    "  Evt            HOT bit_12",
    "  once",
    "    X              1",
    "  each 2",
    "    X              2",
    "",
  ]);
});

Deno.test("toListing() shows a value of a record like the float32 point that it comes from", () => {
  const source = { ["device_id"]: "dev", quality: "good", flags: [] };
  const fields = { ["ac_current_a"]: Math.fround(0.7), ["ac_power_w"]: 0.1 + 0.2 };
  const record = { type: "NormalizedInverterData", source, fields } as unknown as Draft;
  const view = { ...withPoints({ A: Math.fround(0.7) }), records: [record] };
  const lines = toListing(view, false).split("\n");
  ok(lines.includes("  ac_current_a                 0.7"), lines.join("\n"));
  ok(lines.includes("  ac_power_w                   0.30000000000000004"));
  ok(toJson(view).includes('"ac_current_a":0.699999988079071'));
});

Deno.test("toListing() shows what was not read in one line", () => {
  const unread = Array.from({ length: 7 }, (_, at) => ({
    path: `P${at}`,
    reason: "register-unread" as const,
  }));
  const view = withPoints({}, [...unread, { path: "L", reason: "length-short" }]);
  const flagsOf = (all: boolean): string[] =>
    toListing(view, all).split("\n").filter((line) => line.startsWith("  !"));
  deepStrictEqual(flagsOf(false), [
    "  ! L: length-short",
    "  ! not read: P0, P1, P2, P3, P4 and 2 more",
  ]);
  deepStrictEqual(flagsOf(true), [
    "  ! L: length-short",
    "  ! not read: P0, P1, P2, P3, P4, P5, P6",
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
