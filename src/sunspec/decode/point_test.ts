import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type PointType, TYPE_SIZES } from "../definition/definition.ts";
import type { PointValue } from "./decoded.ts";
import { type FlaggedValue, readPoint, type Registers } from "./point.ts";

/** Registers from hex, such as `"0040 ada9"`. */
function hex(text: string): number[] {
  return text.split(" ").map((each) => parseInt(each, 16));
}

function read(type: PointType, text: string): unknown {
  const registers = hex(text);
  return reading(type, registers, registers.length);
}

function reading(
  type: PointType,
  registers: Registers,
  size: number = TYPE_SIZES[type],
): FlaggedValue | { readonly value: PointValue; readonly reason?: undefined } {
  const read = readPoint(type, registers, 0, size);
  return typeof read === "object" && read !== null ? read : { value: read };
}

const types = Object.keys(TYPE_SIZES).filter((name): name is PointType =>
  name in TYPE_SIZES
);

Deno.test("readPoint() accepts any registers and never throws", () => {
  const register = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.constantFrom(0, 0x8000, 0xffff, 0x7fc0, null),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.array(register, { minLength: 0, maxLength: 20 }),
      (type, registers) => {
        const size = TYPE_SIZES[type] || registers.length;
        const { value, reason } = reading(type, registers, size);
        ok(typeof value !== "number" || Number.isFinite(value));
        ok(typeof value !== "bigint" || !Number.isSafeInteger(Number(value)));
        const unread = registers.length < size ||
          registers.slice(0, size).some((each) => each === null);
        strictEqual(reason === "register-unread", unread);
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("readPoint() reads numbers as DataView does", () => {
  const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 });
  fc.assert(fc.property(bytes, (all) => {
    const view = new DataView(all.buffer, all.byteOffset);
    const registers = [0, 2, 4, 6].map((at) => view.getUint16(at));
    const value = (type: PointType) => reading(type, registers).value;
    const expected: [PointType, number | bigint, number | bigint][] = [
      ["int16", view.getInt16(0), -0x8000],
      ["uint16", view.getUint16(0), 0xffff],
      ["int32", view.getInt32(0), -0x8000_0000],
      ["uint32", view.getUint32(0), 0xffff_ffff],
      ["int64", view.getBigInt64(0), -(1n << 63n)],
      ["uint64", view.getBigUint64(0), (1n << 64n) - 1n],
      ["acc64", view.getBigUint64(0), -1n],
    ];
    for (const [type, number, absent] of expected) {
      strictEqual(value(type), number === absent ? null : narrow(number), type);
    }
    const float = view.getFloat32(0);
    strictEqual(value("float32"), Number.isFinite(float) ? float : null);
  }));
});

function narrow(value: number | bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

Deno.test("readPoint() returns null without a reason for a point that is not implemented", () => {
  const absent: [PointType, string][] = [
    ["int16", "8000"],
    ["uint16", "ffff"],
    ["count", "ffff"],
    ["enum16", "ffff"],
    ["bitfield16", "ffff"],
    ["sunssf", "8000"],
    ["int32", "8000 0000"],
    ["uint32", "ffff ffff"],
    ["enum32", "ffff ffff"],
    ["bitfield32", "ffff ffff"],
    ["ipaddr", "0000 0000"],
    ["float32", "7fc0 0000"],
    ["float32", "ffff ffff"],
    ["int64", "8000 0000 0000 0000"],
    ["uint64", "ffff ffff ffff ffff"],
    ["bitfield64", "ffff ffff ffff ffff"],
    ["float64", "7ff8 0000 0000 0000"],
    ["eui48", "0000 ffff ffff ffff"],
    ["eui48", "ffff ffff ffff ffff"],
    ["ipv6addr", "0 0 0 0 0 0 0 0"],
    ["string", "0000 0000"],
    ["string", "0041 4200"],
    ["string", "ffff ffff"],
  ];
  for (const [type, text] of absent) deepStrictEqual(read(type, text), { value: null });
});

Deno.test("readPoint() returns 0 for an accumulator of 0", () => {
  deepStrictEqual(read("acc16", "0"), { value: 0 });
  deepStrictEqual(read("acc32", "0 0"), { value: 0 });
  deepStrictEqual(read("acc64", "0 0 0 0"), { value: 0 });
});

Deno.test("readPoint() refuses a bitfield with its top bit set", () => {
  const invalid = { value: null, reason: "bitfield-invalid" };
  deepStrictEqual(read("bitfield16", "8000"), invalid);
  deepStrictEqual(read("bitfield32", "8000 0000"), invalid);
  deepStrictEqual(read("bitfield64", "8000 0 0 1"), invalid);
  deepStrictEqual(read("bitfield32", "7fff ffff"), { value: 0x7fff_ffff });
});

Deno.test("readPoint() ends a text at the first NUL and trims it", () => {
  deepStrictEqual(read("string", "4142 2000 4344"), { value: "AB" });
  deepStrictEqual(read("string", "2020 2020"), { value: "" });
  deepStrictEqual(read("string", "c3a4 0000"), { value: "ä" });
});

Deno.test("readPoint() replaces bytes that are not UTF-8 and flags the text", () => {
  deepStrictEqual(read("string", "41e4 4200"), {
    value: "A\ufffdB",
    reason: "text-not-utf8",
  });
});

Deno.test("readPoint() formats addresses in their usual notation", () => {
  deepStrictEqual(read("ipaddr", "c0a8 0a15"), { value: "192.168.10.21" });
  deepStrictEqual(read("eui48", "0000 0040 ada9 9576"), { value: "00:40:AD:A9:95:76" });
  deepStrictEqual(read("ipv6addr", "fe80 0 0 0 1 0 0 1"), { value: "fe80::1:0:0:1" });
  deepStrictEqual(read("ipv6addr", "0 0 0 0 0 0 0 1"), { value: "::1" });
  deepStrictEqual(read("ipv6addr", "2001 db8 0 1 2 3 4 5"), {
    value: "2001:db8:0:1:2:3:4:5",
  });
});

Deno.test("readPoint() returns null for an infinite float", () => {
  deepStrictEqual(read("float32", "7f80 0000"), {
    value: null,
    reason: "float-infinite",
  });
});

Deno.test("readPoint() decodes a text as a UTF-8 decoder does, up to the first NUL", () => {
  const byte = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    fc.nat(0xff),
    fc.constant(0),
  );
  const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const texts = fc.array(byte, { minLength: 16, maxLength: 16 })
    .map((each) => Uint8Array.from(each));
  fc.assert(
    fc.property(fc.oneof(texts, sixteen), (all) => {
      const view = new DataView(all.buffer, all.byteOffset);
      const registers = Array.from({ length: 8 }, (_, at) => view.getUint16(2 * at));
      const nul = all.indexOf(0);
      const content = nul < 0 ? all : all.subarray(0, nul);
      const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content)
        .trim();
      const absent = content.every((each) => each === 0xff);
      strictEqual(reading("string", registers, 8).value, absent ? null : decoded);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("readPoint() flags floats that are too small for a measurement", () => {
  const flagged: [string, boolean][] = [
    ["0000 4248", true], // denormal: 50.0 with its words swapped
    ["8000 0001", true],
    ["0d01 0000", true],
    ["0000 0000", false],
    ["8000 0000", false],
    ["2edb e6ff", false], // 1e-10
  ];
  for (const [hex, isFlagged] of flagged) {
    const registers = hex.split(" ").map((each) => parseInt(each, 16));
    const { value, reason } = reading("float32", registers);
    strictEqual(typeof value, "number", hex);
    strictEqual(reason, isFlagged ? "float-tiny" : undefined, hex);
  }
});
