import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../../models/index.ts";
import { MODEL_1 } from "../../../models/model_1.ts";
import { MODEL_402 } from "../../../models/model_402.ts";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_307 } from "../../../models/model_307.ts";
import { MODEL_705 } from "../../../models/model_705.ts";
import { MODEL_707 } from "../../../models/model_707.ts";
import { type DecodedModel, decodeModel, isModel, type Points } from "./decode.ts";
import type { GroupDefinition, ModelDefinition } from "../definition/definition.ts";
import { parseJsonDefinition } from "../definition/json_definition.ts";

const DEFINITIONS = await Promise.all(MODEL_IDS.map((id) => loadDefinition(id)));

Deno.test("decodeModel() decodes any registers of any length for every model, within bounds", () => {
  const register = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 }) },
    fc.integer({ min: 0, max: 0xffff }),
    fc.constantFrom(0x8000, 0xffff, 60_000, null),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...DEFINITIONS),
      fc.array(register, { maxLength: 300 }),
      fc.oneof(fc.nat(300), fc.constantFrom(0, 65, 65_535)),
      (definition, registers, length) => {
        ok(definition);
        const at = { id: definition.id, address: 0, length };
        const { points } = decodeModel(definition, at, registers);
        const count = checkShape(definition.group, points);
        ok(count <= (length + 2) * 2 + 300, `${count} points in ${length} registers`);
      },
    ),
    { numRuns: 1_000 },
  );
});

/** Asserts that every point is present and groups are arrays; returns the number of points. */
function checkShape(group: GroupDefinition, points: Points): number {
  const names = [...group.points, ...group.groups].map(({ name }) => name);
  deepStrictEqual(Object.keys(points), names);
  let count = group.points.length;
  for (const inner of group.groups) {
    const instances = points[inner.name];
    ok(Array.isArray(instances));
    for (const each of instances) count += checkShape(inner, each);
  }
  return count;
}

/** Model 103 with these registers, by offset from its header; the others are 0. */
function inverter(set: Readonly<Record<number, number>>): DecodedModel {
  const registers = new Uint16Array(52);
  registers.set([103, 50]);
  for (const [offset, value] of Object.entries(set)) registers[Number(offset)] = value;
  return decodeModel(MODEL_103, { id: 103, address: 40_069, length: 50 }, registers);
}

Deno.test("decodeModel() applies the scale factor to the raw number", () => {
  const model = inverter({ 14: 1234, 15: 0xffff });
  ok(isModel(model, 103));
  strictEqual(model.points.W, 123.4);
  strictEqual(model.points.W_SF, -1);
});

Deno.test("decodeModel() returns null instead of an unscaled value if the scale factor is not valid", () => {
  for (
    const [scale, reason] of [[0x8000, "scale-absent"], [
      11,
      "scale-out-of-range",
    ], [0xfff5, "scale-out-of-range"]] as const
  ) {
    const { points, flags } = inverter({ 14: 1234, 15: scale });
    strictEqual(points["W"], null);
    ok(flags.some((flag) => flag.path === "W" && flag.reason === reason));
  }
});

Deno.test("decodeModel() does not flag a missing scale factor of a point that is not implemented", () => {
  const { points, flags } = inverter({ 14: 0x8000, 15: 0x8000 });
  strictEqual(points["W"], null);
  deepStrictEqual(flags.filter(({ path }) => path === "W"), []);
});

Deno.test("decodeModel() treats an accumulator at 0 without a scale factor as not implemented", () => {
  const WH = 24;
  const WH_SF = 26;
  const uncounted = inverter({ [WH_SF]: 0x8000 });
  strictEqual(uncounted.points["WH"], null);
  deepStrictEqual(uncounted.flags.filter(({ path }) => path === "WH"), []);
  strictEqual(inverter({ [WH_SF]: 0 }).points["WH"], 0);
  const counted = inverter({ [WH + 1]: 1, [WH_SF]: 0x8000 });
  strictEqual(counted.points["WH"], null);
  ok(counted.flags.some(({ path }) => path === "WH"));
});

Deno.test("decodeModel() flags only the points of a register that was not read", () => {
  const registers: (number | null)[] = Array(52).fill(7);
  registers[14] = null;
  const at = { id: 103, address: 0, length: 50 };
  const { points, flags } = decodeModel(MODEL_103, at, registers);
  strictEqual(points["W"], null);
  strictEqual(points["A_SF"], 7);
  deepStrictEqual(flags, [{ path: "W", reason: "register-unread" }]);
});

Deno.test("decodeModel() applies a scale factor that the definition states as a number", () => {
  const registers = [307, 11, 3285, 1097, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const { points } = decodeModel(
    MODEL_307,
    { id: 307, address: 0, length: 11 },
    registers,
  );
  strictEqual(points["TmpAmb"], 328.5);
  strictEqual(points["RH"], 1097);
});

Deno.test("decodeModel() accepts a model 1 of 65 and of 66 registers", () => {
  const registers = new Uint16Array(68);
  for (const length of [65, 66]) {
    const { flags } = decodeModel(MODEL_1, { id: 1, address: 0, length }, registers);
    deepStrictEqual(flags, []);
  }
});

/** Model 160 of this length with `count` in N. */
function strings(length: number, count: number): DecodedModel {
  const registers = new Uint16Array(2 + length).fill(1);
  if (length > 6) registers[8] = count;
  return decodeModel(MODEL_160, { id: 160, address: 0, length }, registers);
}

Deno.test("decodeModel() repeats an open group to the end of L, regardless of its count point", () => {
  const model = strings(8 + 20 * 3, 3);
  ok(isModel(model, 160));
  strictEqual(model.points.module.length, 3);
  deepStrictEqual(model.flags, []);
  for (const count of [2, 60_000]) {
    const { points, flags } = strings(8 + 20 * 3, count);
    ok(Array.isArray(points["module"]) && points["module"].length === 3);
    deepStrictEqual(flags, [{ path: "N", reason: "count-differs" }]);
  }
});

Deno.test("decodeModel() flags a deviating length and decodes the groups entirely within it", () => {
  const partial = strings(8 + 20 * 2 + 5, 2);
  ok(isModel(partial, 160));
  strictEqual(partial.points.module.length, 2);
  deepStrictEqual(partial.flags, [{ path: "L", reason: "length-partial-group" }]);
  const short = strings(5, 2);
  ok(isModel(short, 160));
  deepStrictEqual(short.points.module, []);
  const cut = ["Evt", "N", "TmsPer", "L"];
  deepStrictEqual(short.flags, cut.map((path) => ({ path, reason: "length-short" })));
  const registers = new Uint16Array(62);
  const long = decodeModel(MODEL_103, { id: 103, address: 0, length: 60 }, registers);
  deepStrictEqual(long.flags, [{ path: "L", reason: "length-long" }]);
});

Deno.test("decodeModel() flags a model that is much longer than its definition", async () => {
  const definition = await loadDefinition(308);
  ok(definition);
  const lengthFlags = (length: number): string[] => {
    const registers = new Uint16Array(2 + length).fill(1_234);
    const at = { id: 308, address: 0, length };
    return decodeModel(definition, at, registers).flags.map(({ reason }) => reason);
  };
  deepStrictEqual(lengthFlags(4), []);
  deepStrictEqual(lengthFlags(6), ["length-long"]);
  deepStrictEqual(lengthFlags(14), ["length-mismatch"]);
});

Deno.test("decodeModel() distinguishes a scale factor that is absent, unread or cut off", () => {
  const registers: (number | null)[] = Array(52).fill(7);
  const reasons = (length: number, scale: number | null): string[] => {
    registers[15] = scale; // W_SF
    const at = { id: 103, address: 0, length };
    return decodeModel(MODEL_103, at, registers).flags
      .filter(({ path }) => path === "W").map(({ reason }) => reason);
  };
  deepStrictEqual(reasons(50, 1), []);
  deepStrictEqual(reasons(50, 0x8000), ["scale-absent"]);
  deepStrictEqual(reasons(50, null), ["scale-unread"]);
  deepStrictEqual(reasons(13, 1), ["length-short"]);
});

Deno.test("decodeModel() treats the counters of a combiner at 0 without a scale factor as not implemented", () => {
  const registers = new Array<number>(22).fill(0x8000);
  const at = { id: 402, address: 0, length: 20 };
  const charge = MODEL_402.group.points.find(({ name }) => name === "DCAhr");
  ok(charge);
  const reasons = (low: number): string[] => {
    registers.splice(charge.offset, 2, 0, low);
    return decodeModel(MODEL_402, at, registers).flags
      .filter(({ path }) => path === "DCAhr").map(({ reason }) => reason);
  };
  deepStrictEqual(reasons(0), []);
  deepStrictEqual(reasons(5), ["scale-absent"]);
});

Deno.test("decodeModel() omits groups of another size than the definition's and keeps the fixed points", () => {
  for (const size of [13, 15]) {
    const fixed = new Array(22).fill(0);
    fixed[8] = 3; // N
    fixed[16] = 612; // DCV
    const at = { id: 402, address: 0, length: 20 + 3 * size };
    const registers = [...fixed, ...new Array(3 * size).fill(7)];
    const decoded = decodeModel(MODEL_402, at, registers);
    ok(isModel(decoded, 402));
    deepStrictEqual([decoded.points.DCV, decoded.points.string], [612, []], `${size}`);
    deepStrictEqual(decoded.flags.map(({ reason }) => reason), [
      "length-partial-group",
      "count-differs",
    ]);
  }
});

Deno.test("decodeModel() keeps all groups within L if the count differs", () => {
  for (const [count, found] of [[4, 3], [4, 5], [5, 4], [8, 10]] as const) {
    const { points, flags } = strings(8 + 20 * found, count);
    ok(Array.isArray(points["module"]));
    strictEqual(points["module"].length, found, `N ${count}`);
    deepStrictEqual(flags, [{ path: "N", reason: "count-differs" }]);
  }
});

Deno.test("decodeModel() omits groups that are numbered at another size, if both sizes fill L", () => {
  const size = 13;
  const count = 14; // 14 x 13 registers equal 13 x 14.
  const groups = Array.from({ length: count }, (_, nth) => {
    return [nth + 1, ...Array<number>(size - 1).fill(7)];
  });
  const registers = [...Array<number>(22).fill(0), ...groups.flat()];
  registers[8] = count;
  const at = { id: 402, address: 0, length: 20 + count * size };
  const decoded = decodeModel(MODEL_402, at, registers);
  ok(isModel(decoded, 402));
  deepStrictEqual(decoded.points.string, []);
});

Deno.test("decodeModel() keeps numbered groups of the definition's size if L is too long or too short", () => {
  for (
    const [count, odd, found] of [[2, 2, 2], [3, 3, 3], [3, -3, 2], [4, 4, 4]] as const
  ) {
    const modules = Array.from({ length: count }, (_, nth) => {
      return [nth + 1, ...Array<number>(19).fill(7)];
    });
    const length = 8 + 20 * count + odd;
    const fixed = [160, length, 0, 0, 0, 0, 0, 0, count, 0];
    const registers = [...fixed, ...modules.flat(), ...Array<number>(10).fill(0)];
    const { points, flags } = decodeModel(
      MODEL_160,
      { id: 160, address: 0, length },
      registers.slice(0, 2 + length),
    );
    ok(Array.isArray(points["module"]));
    strictEqual(points["module"].length, found, `N ${count}, L ${length}`);
    ok(flags.some(({ reason }) => reason === "length-partial-group"));
  }
});

Deno.test("decodeModel() keeps all counted groups if L has one register too many", () => {
  const registers = [...new Array(22 + 2 * 14 + 1).fill(0)];
  registers[8] = 2;
  const at = { id: 402, address: 0, length: 20 + 2 * 14 + 1 };
  const decoded = decodeModel(MODEL_402, at, registers);
  ok(isModel(decoded, 402));
  strictEqual(decoded.points.string.length, 2);
});

/** Registers of a model: fixed points 0 except for `set`, followed by `rest`. */
function withGroups(
  { group, id }: ModelDefinition,
  set: Readonly<Record<string, number>>,
  rest: readonly number[],
): number[] {
  const registers = Array<number>(group.size).fill(0);
  for (const point of group.points) registers[point.offset] = set[point.name] ?? 0;
  registers.push(...rest);
  registers[0] = id;
  registers[1] = registers.length - 2;
  return registers;
}

Deno.test("decodeModel() reads counts of nested groups from outer groups", () => {
  const curve = [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 11, 12, 21, 22];
  const registers = withGroups(MODEL_705, { NCrv: 2, NPt: 2 }, [...curve, ...curve]);
  const at = { id: 705, address: 0, length: registers.length - 2 };
  const model = decodeModel(MODEL_705, at, registers);
  ok(isModel(model, 705));
  deepStrictEqual(model.flags, []);
  deepStrictEqual(model.points.Crv.map(({ Pt }) => Pt), [
    [{ V: 11, Var: 12 }, { V: 21, Var: 22 }],
    [{ V: 11, Var: 12 }, { V: 21, Var: 22 }],
  ]);
});

Deno.test("decodeModel() flags a count that exceeds L and decodes the groups within L", () => {
  const curve = [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 11, 12, 21, 22];
  const registers = withGroups(MODEL_705, { NCrv: 60_000, NPt: 2 }, curve);
  const at = { id: 705, address: 0, length: registers.length - 2 };
  const model = decodeModel(MODEL_705, at, registers);
  ok(isModel(model, 705));
  strictEqual(model.points.Crv.length, 1);
  deepStrictEqual(model.flags.map(({ path, reason }) => `${path}:${reason}`), [
    "NCrv:count-differs",
    "L:length-short",
  ]);
});

Deno.test("decodeModel() returns a group with the fixed count 1 as an array", () => {
  const registers = withGroups(MODEL_707, { NCrvSet: 1, NPt: 1 }, [
    ...[9, 1, 5, 0, 1],
    ...[1, 6, 0, 2],
    ...[1, 7, 0, 3],
  ]);
  const at = { id: 707, address: 0, length: registers.length - 2 };
  const model = decodeModel(MODEL_707, at, registers);
  ok(isModel(model, 707));
  deepStrictEqual(model.flags, []);
  const [curve] = model.points.Crv;
  deepStrictEqual(curve?.MayTrip, [{ ActPt: 1, Pt: [{ V: 6, Tms: 2 }] }]);
  deepStrictEqual(curve?.MomCess, [{ ActPt: 1, Pt: [{ V: 7, Tms: 3 }] }]);
});

Deno.test("decodeModel() prefers a scale factor of the own group to one of an outer group", () => {
  const scale = { name: "S", type: "sunssf" };
  const value = { name: "V", type: "uint64", sf: "S" };
  const parsed = parseJsonDefinition({
    id: 65_000,
    group: {
      name: "own",
      points: [{ name: "ID", type: "uint16" }, { name: "L", type: "uint16" }, scale],
      groups: [
        { name: "inner", count: 1, points: [value, scale] },
        { name: "outer", count: 0, points: [value] },
      ],
    },
  });
  ok(parsed.ok);
  const registers = [65_000, 10, 1, 0, 0, 0, 5, 2, 0x8000, 0, 0, 1];
  const at = { id: 65_000, address: 0, length: 10 };
  const { points, flags } = decodeModel(parsed.value, at, registers);
  deepStrictEqual(points["inner"], [{ V: 500, S: 2 }]);
  deepStrictEqual(points["outer"], [{ V: 92_233_720_368_547_758_090n }]);
  deepStrictEqual(flags, []);
});

Deno.test("decodeModel() ends at groups without registers", () => {
  const empty = {
    name: "e",
    count: 0,
    points: [],
    groups: [{ name: "f", points: [] }],
  };
  const parsed = parseJsonDefinition({
    id: 65_000,
    group: {
      name: "own",
      points: [{ name: "ID", type: "uint16" }, { name: "L", type: "uint16" }],
      groups: [empty],
    },
  });
  ok(parsed.ok);
  const at = { id: 65_000, address: 0, length: 60_000 };
  const { points } = decodeModel(parsed.value, at, [65_000, 60_000]);
  deepStrictEqual(points["e"], []);
});
