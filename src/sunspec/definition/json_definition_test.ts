import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseJsonDefinition } from "./json_definition.ts";

const HEADER = [
  { name: "ID", type: "uint16" },
  { name: "L", type: "uint16", size: 1 },
];

/** A model 65000 with these points and groups. */
function model(points: unknown, groups?: unknown): unknown {
  const all = Array.isArray(points) ? [...HEADER, ...points] : points;
  return { id: 65_000, group: { name: "own", points: all, groups } };
}

function faults(json: unknown): string[] {
  const parsed = parseJsonDefinition(json);
  return parsed.ok
    ? []
    : parsed.fault.map(({ place, message }) => `${place} ${message}`);
}

Deno.test("parseJsonDefinition() returns a definition or faults for any JSON and never throws", () => {
  const name = fc.constantFrom("ID", "L", "A", "A_SF", "__proto__", "");
  const point = fc.record({
    name: fc.oneof(name, fc.jsonValue()),
    type: fc.oneof(fc.constantFrom("int16", "sunssf", "string"), fc.jsonValue()),
    size: fc.oneof(fc.nat(300), fc.jsonValue()),
    sf: fc.oneof(fc.integer(), name, fc.jsonValue()),
    symbols: fc.jsonValue(),
  }, { requiredKeys: [] });
  const group = fc.record({
    name,
    count: fc.oneof(fc.nat(), name, fc.jsonValue()),
    points: fc.oneof(fc.array(point), fc.jsonValue()),
  });
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.array(point).map((all) => model(all))),
      (json) => {
        const parsed = parseJsonDefinition(json);
        ok(parsed.ok || (parsed.fault.length > 0 && parsed.fault.length <= 50));
      },
    ),
  );
  fc.assert(fc.property(fc.array(group), (groups) => {
    const parsed = parseJsonDefinition(model([], groups));
    ok(parsed.ok || parsed.fault.length > 0);
  }));
});

Deno.test("parseJsonDefinition() computes offsets and keeps scale factors, units and symbols", () => {
  const parsed = parseJsonDefinition(model([
    { name: "W", type: "int32", sf: "W_SF", units: "W", mandatory: "M", desc: "Power" },
    { name: "W_SF", type: "sunssf", static: "S" },
    { name: "St", type: "enum16", symbols: [{ name: "OFF", value: 1 }] },
  ]));
  ok(parsed.ok);
  deepStrictEqual(parsed.value.group.points.slice(2), [
    {
      name: "W",
      type: "int32",
      size: 2,
      offset: 2,
      scale: "W_SF",
      units: "W",
      mandatory: true,
    },
    { name: "W_SF", type: "sunssf", size: 1, offset: 4, static: true },
    { name: "St", type: "enum16", size: 1, offset: 5, symbols: { 1: "OFF" } },
  ]);
  strictEqual(parsed.value.group.size, 6);
});

Deno.test("parseJsonDefinition() states the place of each fault", () => {
  deepStrictEqual(faults(model([{ name: "A", type: "int17" }])), [
    'group.points[2].type is "int17"; expected a point type of SunSpec',
  ]);
  deepStrictEqual(faults(model([{ name: "A", type: "int16", sf: "A_SF" }])), [
    'group.points[2].sf refers to the point "A_SF", which does not exist',
  ]);
  deepStrictEqual(faults(model([{ name: "A", type: "int32", size: 1 }])), [
    "group.points[2].size is 1; expected 2 for int32",
  ]);
  deepStrictEqual(faults(model([], [{ name: "g", count: "N", points: [] }])), [
    'group.groups[0].count refers to the point "N", which does not exist',
  ]);
  deepStrictEqual(faults({ id: 0, group: { name: "own", points: HEADER } }), [
    "id is 0; expected an integer from 1 to 65534",
  ]);
  deepStrictEqual(faults({ id: 65_000, group: { name: "own", points: [] } }), [
    "group.points[0] is missing; expected the point ID with one register",
    "group.points[1] is missing; expected the point L with one register",
  ]);
});

Deno.test("parseJsonDefinition() refuses groups that are nested too deeply", () => {
  let group: unknown = { name: "g", points: [] };
  for (let depth = 0; depth < 100; depth++) {
    group = { name: "g", points: [], groups: [group] };
  }
  ok(faults(model([], [group])).some((fault) => fault.includes("nested deeper")));
});
