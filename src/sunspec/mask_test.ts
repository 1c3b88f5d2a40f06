import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_1 } from "../../models/model_1.ts";
import { MODEL_14 } from "../../models/model_14.ts";
import { MODEL_64020 } from "../../models/model_64020.ts";
import { maskRegisters } from "./mask.ts";
import { privatePoints } from "./private_points.ts";

function text(value: string, size: number): number[] {
  const bytes = new TextEncoder().encode(value);
  return Array.from(
    { length: size },
    (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0),
  );
}

function textOf(registers: readonly (number | null)[]): string {
  return registers.map((one) => String.fromCharCode((one ?? 0) >> 8, (one ?? 0) & 0xff))
    .join("").replaceAll("\0", "");
}

/** Registers of model 1 with this serial, starting with its header. */
function common(serial: string): number[] {
  return [
    1,
    66,
    ...text("Maker", 16),
    ...text("Type", 16),
    ...text("", 16),
    ...text(serial, 16),
    1,
    0x8000,
  ];
}

const AT = { id: 1, address: 40_002, length: 66 };

Deno.test("maskRegisters() masks a serial in its point and in every copy, and changes nothing else", () => {
  const word = fc.string({
    unit: fc.constantFrom(..."ABCDEF0123456789-"),
    minLength: 5,
    maxLength: 30,
  })
    .filter((serial) => /[A-F0-9]/.test(serial));
  fc.assert(
    fc.property(word, fc.array(fc.nat(0x1fff), { maxLength: 20 }), (serial, noise) => {
      const registers = [...common(serial), ...noise, ...text(`SN:${serial}`, 20)];
      const points = privatePoints(MODEL_1, AT, registers);
      deepStrictEqual(points.map(({ name }) => name), ["1 SN"]);
      const masked = maskRegisters({ base: AT.address, registers }, points);
      strictEqual(masked.registers.length, registers.length);
      ok(!textOf(masked.registers).includes(serial));
      strictEqual(masked.copies >= 1, true);
      deepStrictEqual(masked.registers.slice(0, 50), registers.slice(0, 50));
      strictEqual(
        masked.maskText(`serial ${serial}.`),
        `serial ${"X".repeat(serial.length)}.`,
      );
    }),
  );
});

Deno.test("maskRegisters() masks a numeric serial in binary form, in either word order", () => {
  const value = 3_012_345_678;
  const high = value >>> 16;
  const low = value & 0xffff;
  const registers = [...common(String(value)), high, low, 7, low, high, 7];
  const points = privatePoints(MODEL_1, AT, registers);
  const masked = maskRegisters({ base: AT.address, registers }, points);
  deepStrictEqual(masked.registers.slice(68), [0, 0, 7, 0, 0, 7]);
  strictEqual(masked.copies, 2);
});

Deno.test("maskRegisters() finds copies with the bytes of each register swapped", () => {
  const swap = (register: number): number => ((register & 0xff) << 8) | (register >> 8);
  const registers = [...common("0042-17A"), ...text("0042-17A", 4).map(swap)];
  const points = privatePoints(MODEL_1, AT, common("0042-17A"));
  const straight = maskRegisters({ base: AT.address, registers }, points);
  deepStrictEqual(textOf(straight.registers.slice(68)), "XXXXXXXX");
});

Deno.test("maskRegisters() masks a short serial in its point only and keeps unread registers null", () => {
  const registers = [...common("M7"), ...text("M7", 1)];
  const points = privatePoints(MODEL_1, AT, registers);
  const masked = maskRegisters({ base: AT.address, registers }, points);
  deepStrictEqual(textOf(masked.registers.slice(50, 66)), "XX");
  deepStrictEqual(textOf(masked.registers.slice(68)), "M7");
  const unread = common("M7").map((register, at) => at >= 50 ? null : register);
  deepStrictEqual(
    maskRegisters({ base: AT.address, registers: unread }, points).registers,
    unread,
  );
});

Deno.test("privatePoints() marks passwords as secrets and finds serials in repeated groups", () => {
  const at = { id: 14, address: 40_070, length: 52 };
  const secrets = privatePoints(MODEL_14, at, new Array(54).fill(0x4141));
  deepStrictEqual(
    secrets.filter(({ secret }) => secret).map(({ name }) => name),
    ["14 User", "14 Pw"],
  );
  const group = MODEL_64020.group.groups[0];
  const size = MODEL_64020.group.size + 2 * (group?.size ?? 0);
  const groups = { id: 64_020, address: 40_070, length: size - 2 };
  const found = privatePoints(MODEL_64020, groups, new Array(size).fill(0));
  ok(found.every(({ address, size }) => address >= 40_070 && size > 0));
});
