import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { ModelDefinition } from "./definition.ts";
import { parseDefinition, TEXT_MAX } from "./parse_definition.ts";

/** A model 65000 with these blocks. */
function smdx(blocks: string, attributes = 'id="65000" name="own"'): string {
  return `<sunSpecModels v="1">\n<model ${attributes}>\n${blocks}\n</model>\n</sunSpecModels>`;
}

function fixed(points: string, attributes = ""): string {
  return smdx(`<block ${attributes}>\n${points}\n</block>`);
}

function parsed(text: string): ModelDefinition {
  const result = parseDefinition(text, "own.xml");
  ok(result.ok, result.ok ? "" : JSON.stringify(result.fault));
  return result.value;
}

function faults(text: string): string[] {
  const result = parseDefinition(text, "own.xml");
  return result.ok
    ? []
    : result.fault.map(({ place, message }) => `${place} ${message}`);
}

const WORD = fc.oneof(
  fc.constantFrom(
    "id",
    "ID",
    "L",
    "W",
    "W_SF",
    "fixed",
    "repeating",
    "string",
    "sunssf",
  ),
  fc.constantFrom(
    "int16",
    "acc64",
    "1",
    "0",
    "-1",
    "99999",
    "1e3",
    "",
    " ",
    "true",
    "\n",
  ),
  fc.string({ unit: fc.constantFrom(..."aZ0_-. °"), maxLength: 5 }),
);
const NAME = fc.constantFrom(
  ...["id", "len", "type", "offset", "sf", "units", "mandatory", "name", "__proto__"],
);
const TAG = fc.constantFrom("model", "block", "point", "symbol", "strings", "piont");

/** Any tree of the elements that a definition may have. */
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc.tuple(
    TAG,
    fc.uniqueArray(fc.tuple(NAME, WORD), { selector: ([name]) => name }),
    fc.array(fc.oneof({ maxDepth: 4 }, WORD, tie("element")), { maxLength: 5 }),
  ).map(([tag, attributes, inner]) =>
    `<${tag} ${attributes.map(([name, value]) => `${name}="${value}"`).join(" ")}>${
      inner.join("")
    }</${tag}>`
  ),
}));

Deno.test("parseDefinition() returns a definition or faults for any text and never throws", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    element,
    fc.array(element, { maxLength: 3 }).map((all) => smdx(all.join(""))),
    fc.array(element, { maxLength: 3 }).map((all) =>
      fixed(all.join("").replaceAll("block", "point"))
    ),
  );
  fc.assert(
    fc.property(text, (each) => {
      const result = parseDefinition(each, "own.xml");
      ok(result.ok || result.fault.length > 0 && result.fault.length <= 50);
      if (result.ok) checkRegisters(result.value);
    }),
    { numRuns: 500 },
  );
});

/** Asserts that no two points share a register and that all are within their group. */
function checkRegisters({ group }: ModelDefinition): void {
  for (const each of [group, ...group.groups]) {
    let end = 0;
    for (const { offset, size } of each.points) {
      ok(offset >= end && size >= 1);
      end = offset + size;
    }
    ok(end <= each.size);
  }
}

Deno.test("parseSmdx() places points at their offsets, in any order", () => {
  const sizes = fc.array(
    fc.record({ gap: fc.nat(3), size: fc.integer({ min: 1, max: 9 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(fc.property(sizes, fc.nat(5), fc.func(fc.nat()), (all, tail, shuffle) => {
    let at = 0;
    const wanted = all.map(({ gap, size }, index) => {
      const offset = at + gap;
      at = offset + size;
      return { name: `P${index}`, offset, size };
    });
    const points = wanted.map(({ name, offset, size }) =>
      `<point id="${name}" type="string" len="${size}" offset="${offset}"/>`
    ).sort((a, b) => shuffle(a) - shuffle(b));
    const { group } = parsed(fixed(points.join(""), `len="${at + tail}"`));
    deepStrictEqual(
      group.points.slice(2).map(({ name, offset, size }) => ({
        name,
        offset: offset - 2,
        size,
      })),
      wanted,
    );
    strictEqual(group.size, 2 + at + tail);
  }));
});

Deno.test("parseSmdx() converts blocks into groups and keeps the attributes of points", () => {
  const model = parsed(smdx(
    `<block type="fixed" len="5">
      <point id="W" offset="0" type="int32" len="2" sf="W_SF" units="W" mandatory="true"/>
      <point id="W_SF" offset="2" type="sunssf" len="1"/>
      <point id="Hz" offset="4" type="uint16" sf="-2" access="rw"/>
    </block>
    <block type="repeating" len="2" name="module">
      <point id="ID" offset="0" type="uint16" sf="W_SF"/>
      <point id="St" offset="1" type="enum16"><symbol id="OFF">1</symbol></point>
    </block>`,
    'id="65000" len="7" name="own"',
  ));
  deepStrictEqual(model, {
    id: 65_000,
    name: "own",
    group: {
      name: "own",
      count: 1,
      size: 7,
      points: [
        {
          name: "ID",
          type: "uint16",
          size: 1,
          offset: 0,
          static: true,
          mandatory: true,
        },
        {
          name: "L",
          type: "uint16",
          size: 1,
          offset: 1,
          static: true,
          mandatory: true,
        },
        {
          name: "W",
          type: "int32",
          size: 2,
          offset: 2,
          scale: "W_SF",
          units: "W",
          mandatory: true,
        },
        { name: "W_SF", type: "sunssf", size: 1, offset: 4 },
        { name: "Hz", type: "uint16", size: 1, offset: 6, scale: -2 },
      ],
      groups: [{
        name: "module",
        count: 0,
        size: 2,
        points: [
          { name: "ID", type: "uint16", size: 1, offset: 0, scale: "W_SF" },
          { name: "St", type: "enum16", size: 1, offset: 1, symbols: { 1: "OFF" } },
        ],
        groups: [],
      }],
    },
  });
});

Deno.test("parseSmdx() applies defaults to missing attributes", () => {
  const model = parsed(smdx(
    `<block><point id="A" type="uint32"/><point id="B" type="int16" units=" "/></block>
    <block type="repeating"><point id="C" type="acc64"/></block>`,
    'id=" 65000 "',
  ));
  strictEqual(model.name, "model_65000");
  deepStrictEqual(model.group.points[3], {
    name: "B",
    type: "int16",
    size: 1,
    offset: 4,
  });
  deepStrictEqual(
    model.group.groups.map(({ name, size, count }) => [name, size, count]),
    [
      ["repeating", 4, 0],
    ],
  );
});

Deno.test("parseSmdx() ignores human-readable texts, wherever they are", () => {
  const label = "<label>x</label><notes/><description/><comment/>";
  const model = parsed(
    `\ufeff<?xml version="1.0" encoding="UTF-8"?><!-- own --><sunSpecModels><model id="7">${label}<block>${label}<point id="A" type="int16">${label}</point></block></model><strings id="7"><model/><point id="B"/></strings></sunSpecModels>`,
  );
  strictEqual(model.group.points.length, 3);
});

Deno.test("parseSmdx() states line, point, found and expected value of each fault", () => {
  deepStrictEqual(
    faults(fixed('<point id="W" type="int17"/>\n<point type="int16"/>')),
    [
      'own.xml, line 4, point W, type is "int17"; expected a point type of SunSpec',
      "own.xml, line 5, point, id is missing; expected the name of the point",
    ],
  );
  deepStrictEqual(faults(fixed('<point id="A" type="int32" len="1"/>')), [
    "own.xml, line 4, point A, len is 1; expected 2 for int32",
  ]);
  deepStrictEqual(faults(fixed('<point id="A" type="string"/>')), [
    "own.xml, line 4, point A, len is missing; expected the number of registers of the text",
  ]);
  deepStrictEqual(faults(fixed('<point id="A" type="int16" sf="A_SF"/>')), [
    'own.xml, line 4, point A, sf refers to the point "A_SF", which does not exist',
  ]);
  deepStrictEqual(faults(fixed('<point id="A" type="int16" sf="A"/>')), [
    'own.xml, line 4, point A, sf refers to the point "A", which is int16, not sunssf',
  ]);
  deepStrictEqual(faults(fixed('<point id="A" type="int16" sf="11"/>')), [
    'own.xml, line 4, point A, sf is "11"; expected an integer from -10 to 10',
  ]);
  deepStrictEqual(faults(fixed('<point id="L" type="int16" mandatory="M"/>')), [
    'own.xml, line 4, point L, mandatory is "M"; expected true or false',
    'own.xml, line 4, point L, id is "L", which is the name of another point',
  ]);
  deepStrictEqual(faults(fixed('<piont id="A"/>')), [
    "own.xml, line 4, piont A is unknown; expected point",
  ]);
});

Deno.test("parseSmdx() refuses points that overlap or exceed their block", () => {
  const two =
    '<point id="A" offset="0" type="int32"/>\n<point id="B" offset="1" type="int16"/>';
  deepStrictEqual(faults(fixed(two)), [
    "own.xml, line 5, point B, offset is 1, but A takes the registers up to 1",
  ]);
  deepStrictEqual(faults(fixed('<point id="A" offset="3" type="int32"/>', 'len="4"')), [
    "own.xml, line 3, block, len is 4, but its points take 5 registers",
  ]);
});

Deno.test("parseSmdx() refuses a missing or second model, and lengths that do not match", () => {
  deepStrictEqual(faults("<sunSpecModels/>"), [
    "own.xml, line 1, sunSpecModels contains no model; expected one",
  ]);
  deepStrictEqual(faults("<html/>"), ["own.xml, line 1, html must be sunSpecModels"]);
  deepStrictEqual(faults(smdx("", 'id=""')), [
    "own.xml, line 2, model, id is missing; expected an integer from 1 to 65534",
  ]);
  deepStrictEqual(faults(smdx("", 'id="65535"')), [
    'own.xml, line 2, model 65535, id is "65535"; expected an integer from 1 to 65534',
  ]);
  deepStrictEqual(faults(smdx('<block len="3"/>', 'id="7" len="4"')), [
    "own.xml, line 2, model 7, len is 4, but its blocks take 3 registers",
  ]);
  deepStrictEqual(faults(smdx("<block/><block/>")), [
    "own.xml, line 3, block is the second fixed block, a model has at most one",
  ]);
  deepStrictEqual(faults(smdx('<block type="repeating"/><block type="x"/>')), [
    'own.xml, line 3, block x, type is "x"; expected fixed or repeating',
    "own.xml, line 3, block repeating has no registers; a repeating block must have at least one",
  ]);
});

Deno.test("parseDefinition() determines the form by the text, not by the file name", () => {
  const json =
    '{"id": 7, "group": {"name": "own", "points": [{"name": "ID", "type": "uint16"}, {"name": "L", "type": "uint16"}]}}';
  strictEqual(parsed(`\ufeff ${json}`).id, 7);
  deepStrictEqual(faults("\n"), ["own.xml is empty"]);
  ok(faults("{,}")[0]?.startsWith("own.xml is neither XML nor JSON: "));
  deepStrictEqual(faults('{"id": 7}'), [
    "own.xml, group is missing; expected an object",
  ]);
  deepStrictEqual(faults("<a>\n<b></a>"), [
    "own.xml, line 2 is not well-formed XML: unexpected close tag",
  ]);
});

Deno.test("parseDefinition() limits the length of a text and the number of faults", () => {
  ok(faults(" ".repeat(TEXT_MAX + 1))[0]?.includes("the maximum is"));
  const depth = TEXT_MAX / 2;
  ok(faults("[".repeat(depth) + "]".repeat(depth)).length > 0);
  ok(faults('{"id":'.repeat(100_000) + "1" + "}".repeat(100_000)).length > 0);
  const points = '<point type="x"/>'.repeat(1_000);
  strictEqual(faults(fixed(points)).length, 50);
});
