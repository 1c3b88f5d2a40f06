import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_120 } from "../../../models/model_120.ts";
import { MODEL_203 } from "../../../models/model_203.ts";
import { MODEL_701 } from "../../../models/model_701.ts";
import type { DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { addPowerFlags } from "./power_checks.ts";

function flagsOf(definition: ModelDefinition, points: Points): string[] {
  const model = { id: definition.id, address: 0, length: 0, points, flags: [] };
  const flags: DecodeFlag[] = [];
  addPowerFlags(flags, readingOf(definition, model));
  return flags.map(({ path, reason }) => `${path} ${reason}`);
}

Deno.test("addPowerFlags() flags a power that left the range of its 16 bits", () => {
  const overflowed: [ModelDefinition, Points][] = [
    [MODEL_103, { W: -25_536, W_SF: 0, VA: 40_000, VA_SF: 1 }],
    [MODEL_103, { W: -25_536, W_SF: 0, VAr: 500, VAr_SF: 0, VA: 40_000, VA_SF: 1 }],
    [MODEL_103, {
      ...{ W: -25_536, W_SF: 0, AphA: 58, AphB: 58, AphC: 58 },
      ...{ PhVphA: 230, PhVphB: 230, PhVphC: 230 },
    }],
    [MODEL_203, { W: 25_536, W_SF: 0, VAR: 0, VAR_SF: 0, VA: 40_000, VA_SF: 1 }],
    [MODEL_701, { W: -255_360, W_SF: 1, VA: 400_000, VA_SF: 2 }],
  ];
  for (const [definition, points] of overflowed) {
    deepStrictEqual(flagsOf(definition, points), ["W int16-overflow"]);
  }
  const dc: Points = { DCW: -25_536, DCW_SF: 0, DCA: 50, DCV: 800 };
  deepStrictEqual(flagsOf(MODEL_103, dc), ["DCW int16-overflow"]);
});

Deno.test("addPowerFlags() flags no power that agrees with the others", () => {
  // Any power and reactive power within the range of 16 bits.
  const power = fc.integer({ min: -32_767, max: 32_767 });
  fc.assert(
    fc.property(power, power, fc.integer({ min: -1, max: 3 }), (W, VAr, scale) => {
      const step = 10 ** scale;
      const points: Points = {
        ...{ W: W * step, W_SF: scale, VAr: VAr * step, VAr_SF: scale },
        ...{ VA: Math.hypot(W, VAr) * step, VA_SF: scale + 1 },
      };
      deepStrictEqual(flagsOf(MODEL_103, points), []);
    }),
  );
  // A large reactive power that is not reported.
  const hidden: Points = { W: 30_000, W_SF: 0, VA: 40_000, VA_SF: 1 };
  deepStrictEqual(flagsOf(MODEL_103, hidden), []);
});

Deno.test("addPowerFlags() flags a power factor of 0xFFFF", () => {
  for (
    const points of [
      { PF: -0.01, PF_SF: -2 },
      { PF: -0.001, PF_SF: -3, W: 900, VA: 900 },
      { PF: -1, PF_SF: 0 },
      { PF: -1, PF_SF: 0, W: 0, VA: 0 },
      { PF: -1, PF_SF: 0, W: 500, VA: 900 },
    ]
  ) deepStrictEqual(flagsOf(MODEL_103, points), ["PF pf-unsigned"]);
  for (
    const points of [
      { PF: -1, PF_SF: -2 },
      { PF: -0.99, PF_SF: -2 },
      { PF: -1, PF_SF: 0, W: -900, VA: 900 },
      { PF: -1 }, // no scale factor
    ]
  ) deepStrictEqual(flagsOf(MODEL_103, points), []);
  deepStrictEqual(flagsOf(MODEL_203, { PFphB: -0.01, PF_SF: -2 }), [
    "PFphB pf-unsigned",
  ]);
  // A rating.
  deepStrictEqual(flagsOf(MODEL_120, { PFRtgQ1: -0.01, PFRtg_SF: -2 }), []);
});
