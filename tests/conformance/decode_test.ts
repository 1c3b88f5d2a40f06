/**
 * Decodes the registers of real devices and compares the values with those of an
 * independent decoder. Where that decoder is wrong or lenient, the correct value is
 * asserted.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import {
  type DecodedModel,
  decodeModel,
  type Points,
  type PointValue,
} from "../../src/sunspec/decode/decode.ts";
import {
  type ExpectedPoint,
  type SharedDevice,
  testWithSharedDevices,
} from "../../src/testing/devices/shared_devices.ts";

/** Minimum number of points compared per device; fewer shows that points are missing. */
const COMPARED_MIN: Readonly<Record<string, number>> = {
  "fimer-pvs": 1043,
  "fronius-igplus-v114-day": 761,
  "rainwise-pvmet500-307-302-303": 34,
  "sma-sb3.6-20230810": 599,
  "sma-sb3.6-20250608-night": 599,
  "solaredge-se33k-a1": 53,
  "solaredge-se33k-a2": 53,
  "veris-e51c2": 82,
};

/** Points of one device: those equal in both decoders, and the known differences. */
interface Tally {
  same: number;
  ours: number;
}

testWithSharedDevices(
  "decodeModel() decodes real devices like the independent decoder",
  async (devices) => {
    for (const device of devices) {
      const tally: Tally = { same: 0, ours: 0 };
      for (const model of device.expected.models) {
        if (model.error !== null || model.points === null) continue;
        const definition = await loadDefinition(model.id);
        ok(definition, `no definition of model ${model.id}`);
        const start = model.addr - device.dump.base;
        const at = { id: model.id, address: model.addr, length: model.len };
        const registers = device.dump.registers.slice(start, start + 2 + model.len);
        const decoded = decodeModel(definition, at, registers);
        for (const point of model.points) compare(device, decoded, point, tally);
        checkPaths(decoded, model.points);
      }
      report(device.name, tally);
      const compared = tally.same + tally.ours;
      const min = COMPARED_MIN[device.name] ?? 0;
      ok(compared >= min, `${device.name}: ${compared} compared, expected ${min}`);
    }
  },
);

function compare(
  { name }: SharedDevice,
  decoded: DecodedModel,
  point: ExpectedPoint,
  tally: Tally,
): void {
  const ours = valueAt(decoded.points, point.path);
  const where = `${name} model ${decoded.id} ${point.path} (${point.hex})`;
  const reasons = decoded.flags.filter(({ path }) => path === point.path)
    .map(({ reason }) => reason);
  const raw = BigInt(`0x${point.hex || "0"}`);
  if (/^acc/.test(point.type) && raw === 0n) {
    strictEqual(point.value, null, where);
    // 0 is a value unless there is no scale factor: then it is not implemented.
    ok(ours === 0 || (ours === null && point.sfRef !== undefined), where);
    tally.ours++;
  } else if (
    /^bitfield/.test(point.type) && typeof point.value === "number" && topBit(point)
  ) {
    strictEqual(ours, null, where);
    deepStrictEqual(reasons, ["bitfield-invalid"], where);
    tally.ours++;
  } else if (point.sfRef !== undefined && point.raw !== null && point.sf === null) {
    strictEqual(ours, null, where);
    deepStrictEqual(reasons, ["scale-absent"], where);
    tally.ours++;
  } else if (point.type === "string" && typeof point.value === "string") {
    strictEqual(ours, point.value.split("\0")[0]?.trim(), where);
    tally.same++;
  } else {
    ok(
      same(ours, point.value),
      `${where}: ${String(ours)}, not ${String(point.value)}`,
    );
    tally.same++;
  }
}

/** The independent decoder multiplies by an inexact power and then rounds to the scale's digits. */
function same(ours: PointValue, theirs: number | string | null): boolean {
  return typeof ours === "bigint" ? Number(ours) === theirs : Object.is(ours, theirs);
}

function topBit(point: ExpectedPoint): boolean {
  return parseInt(point.hex.slice(0, 1), 16) >= 8;
}

/** Asserts that no point is unknown to the independent decoder; it omits a pad outside L. */
function checkPaths(
  { id, points }: DecodedModel,
  theirs: readonly ExpectedPoint[],
): void {
  const known = new Set(theirs.map(({ path }) => path));
  const ours = paths(points, "").filter((path) => !(id === 1 && path === "Pad"));
  deepStrictEqual(ours.filter((path) => !known.has(path)), []);
}

function paths(points: Points, before: string): string[] {
  return Object.entries(points).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? value.flatMap((each, index) => paths(each, `${before}${name}[${index}].`))
      : [`${before}${name}`]
  );
}

/** `module[2].DCW` in the decoded points. */
function valueAt(points: Points, path: string): PointValue {
  let at: PointValue | readonly Points[] | Points | undefined = points;
  for (const step of path.split(/[.[\]]+/).filter((each) => each !== "")) {
    ok(typeof at === "object" && at !== null, `${path} is missing`);
    at = (at as Readonly<Record<string, PointValue | readonly Points[]>>)[step];
  }
  ok(
    at !== undefined && (typeof at !== "object" || at === null),
    `${path} is missing`,
  );
  return at;
}

function report(name: string, { same, ours }: Tally): void {
  Deno.stdout.writeSync(
    new TextEncoder().encode(
      `${name}: ${same + ours} points compared, ${ours} known differences\n`,
    ),
  );
}
