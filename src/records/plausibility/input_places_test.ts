import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_714 } from "../../../models/model_714.ts";
import type { DecodedModel, Points } from "../../sunspec/decode/decode.ts";
import { createPolls } from "../../testing/records/filtered_polls.ts";

type Input = readonly [id: number | null, text: string | null, counter: number];

/** The counters of polled inputs (model 160) after the filter, and the reasons of the flags. */
function createInputs(): (...inputs: readonly Input[]) => unknown[] {
  const filterPoll = createPolls();
  return (...inputs) => {
    const module = inputs.map(([ID, IDStr, DCWH]): Points => {
      return { ID, IDStr, DCWH, DCW: 900 };
    });
    return readings(
      filterPoll([[MODEL_160, { DCWH_SF: 0, module }]]),
      "module",
      "DCWH",
    );
  };
}

function readings(
  [model]: readonly DecodedModel[],
  group: string,
  point: string,
): unknown[] {
  const instances = model?.points[group];
  ok(Array.isArray(instances));
  return [
    ...instances.map((each: Points) => each[point]),
    ...model?.flags.map(({ reason }) => reason) ?? [],
  ];
}

Deno.test("filterModels(): when an input is removed and returns, each input keeps its own counter", () => {
  const named = ["East", "West"] as const;
  for (const texts of [named, [null, null]] as const) {
    const poll = createInputs();
    const [east, west] = texts;
    poll([1, east, 1_000_020], [2, west, 1_040_000]);
    deepStrictEqual(poll([2, west, 1_040_001]), [1_040_001]);
    deepStrictEqual(poll([2, west, 0]), [null, "counter-zero"]);
    deepStrictEqual(poll([2, west, 1_040_002]), [1_040_002]);
    deepStrictEqual(poll([1, east, 1_000_010], [2, west, 1_040_003]), [
      null,
      1_040_003,
      "counter-back",
    ]);
    deepStrictEqual(poll([1, east, 1_000_021], [2, west, 1_040_003]), [
      1_000_021,
      1_040_003,
    ]);
  }
});

Deno.test("filterModels(): the text of an input identifies it, also if the device numbers its inputs by place", () => {
  const poll = createInputs();
  poll([1, "S-1", 1_000_020], [2, "S-2", 1_040_000]);
  deepStrictEqual(poll([1, "S-2", 1_039_000]), [null, "counter-back"]);
});

Deno.test("filterModels(): inputs that nothing tells apart, or whose text is garbled, are compared by place", () => {
  for (const ids of [[0, 0], [null, null]] as const) {
    const poll = createInputs();
    poll([ids[0], null, 5_000], [ids[1], null, 9_000]);
    deepStrictEqual(poll([ids[0], null, 5_001], [ids[1], null, 8_000]), [
      5_001,
      null,
      "counter-back",
    ]);
  }
  const garbled = createInputs();
  garbled([1, "East", 5_000], [2, "West", 9_000]);
  deepStrictEqual(garbled([1, "E?st", 4_000], [2, "West", 9_001]), [
    null,
    9_001,
    "counter-back",
  ]);
});

Deno.test("filterModels(): inputs in any selection and order have their true counters accepted, and false ones not", () => {
  const counters = [1_000_000, 1_040_000, 900_000, 2_000_000];
  const step = fc.record({
    present: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }),
    isFalse: fc.boolean(),
  });
  let falses = 0;
  fc.assert(fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
    const filterPoll = createPolls();
    const poll = (present: readonly number[], offset: number): unknown[] => {
      const Prt = present.map((at): Points => {
        return {
          ID: at,
          IDStr: `P${at}`,
          DCWhInj: (counters[at] ?? 0) + offset,
          DCW: 900,
        };
      });
      return readings(filterPoll([[MODEL_714, { DCWH_SF: 0, Prt }]]), "Prt", "DCWhInj");
    };
    poll([0, 1, 2, 3], 0);
    for (const [at, { present, isFalse }] of steps.entries()) {
      if (isFalse) {
        falses++;
        const values = poll(present, -50);
        deepStrictEqual(values.slice(0, present.length), present.map(() => null));
      }
      deepStrictEqual(
        poll(present, at),
        present.map((each) => (counters[each] ?? 0) + at),
      );
    }
  }));
  ok(falses > 50, `only ${falses} false readings`);
});
