import { deepStrictEqual, ok } from "node:assert/strict";
import { loadDefinition } from "../../../models/index.ts";
import type { DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
import { RECORD_MODELS } from "../records_stage.ts";
import { addRangeFlags } from "./physical_limits.ts";

async function flagsOf(id: number, points: Points): Promise<string[]> {
  const definition = await loadDefinition(id);
  ok(definition);
  const model = { id, address: 0, length: 0, points, flags: [] };
  const flags: DecodeFlag[] = [];
  addRangeFlags(flags, readingOf(definition, model));
  return flags.map(({ path }) => path);
}

Deno.test("addRangeFlags() flags what a quantity cannot be", async () => {
  const cases: [id: number, name: string, wrong: number, right: number][] = [
    [307, "RH", 1_097, 100],
    [307, "TmpAmb", 328.5, -40],
    [307, "Pres", 0, 540],
    [307, "WndSpd", 1_082, 60],
    [307, "WndDir", 361, 360],
    [308, "GHI", 60_000, 1_400],
    [103, "PF", 655.35, -99],
    [213, "PF", 98, -0.98],
    [701, "PF", 9.8, 1],
    [113, "W", 2.3e18, -5_000_000],
    [113, "Hz", 1e30, 60],
    [113, "TmpCab", -3_276, -40],
    [802, "SoC", 655, 100],
    [802, "V", 1e9, 1_500],
  ];
  for (const [id, name, wrong, right] of cases) {
    deepStrictEqual(await flagsOf(id, { [name]: wrong }), [name], `${id} ${name}`);
    deepStrictEqual(await flagsOf(id, { [name]: right }), [], `${id} ${name}`);
  }
  deepStrictEqual(await flagsOf(160, { module: [{ DCV: 600 }, { DCV: 1e7 }] }), [
    "module[1].DCV",
  ]);
});

Deno.test("addRangeFlags() flags neither null nor 0, except where 0 is impossible", async () => {
  for (const id of RECORD_MODELS.used) {
    const definition = await loadDefinition(id);
    ok(definition);
    for (const value of [null, 0]) {
      const points: Points = Object.fromEntries(
        definition.group.points.map(({ name }) => [name, value]),
      );
      const expected = id === 307 && value === 0 ? ["Pres"] : [];
      deepStrictEqual(await flagsOf(id, points), expected, `${id}`);
    }
  }
});
