import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_113 } from "../../../models/model_113.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_203 } from "../../../models/model_203.ts";
import { MODEL_213 } from "../../../models/model_213.ts";
import { MODEL_714 } from "../../../models/model_714.ts";
import { CONTEXT } from "../../testing/devices/decoded_models.ts";
import type { DecodedModel, Points } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { createDesk } from "../record_builder.ts";
import type { Draft } from "../record.ts";

const EVERY_MS = 10_000;

type Played = readonly [definition: ModelDefinition, points: Points];

/** One poll after the other: the one record of each. */
function createPlay() {
  const desk = createDesk({});
  let atMs = 0;
  return (chain: readonly Played[], identity = CONTEXT.identity): Draft => {
    atMs += EVERY_MS;
    const models = chain.map(([{ id }, points], at): DecodedModel => {
      return { id, address: 100 * at, length: 0, points, flags: [] };
    });
    const planned = chain.map(([definition]) => ({ definition }));
    const [draft] = desk.draft({ ...CONTEXT, identity }, models, planned, atMs);
    ok(draft !== undefined);
    return draft;
  };
}

/** An inverter in both forms; undefined = the float one gives nothing. */
function both(integer: number, float: number | null | undefined, W = 9_000): Played[] {
  const floats: Points = float === undefined ? {} : { WH: float, W };
  return [[MODEL_103, { WH: integer, WH_SF: 0, W }], [MODEL_113, floats]];
}

/** The energy of a record, then its flags. */
function energy({ fields, source }: Draft): unknown[] {
  return [fields["ac_energy_wh"], ...source.flags];
}

const BACK = "ac_energy_wh:counter-back";

Deno.test("floats that round up are followed by integers once these have passed", () => {
  const play = createPlay();
  deepStrictEqual(energy(play(both(123_456_789, 123_456_792))), [123_456_792]);
  const held = play(both(123_456_789, undefined));
  deepStrictEqual(energy(held), [null, BACK]);
  deepStrictEqual([held.fields["sunspec_model_id"], held.source.quality], [
    103,
    "partial",
  ]);
  deepStrictEqual(energy(play(both(123_456_792, undefined))), [123_456_792]);
});

Deno.test("whatever form feeds the stream, its counter never goes back, and is held only below what was sent", () => {
  const poll = fc.record({
    rise: fc.nat({ max: 12 }),
    float: fc.constantFrom("said" as const, "no counter" as const, "empty" as const),
  });
  let backs = 0;
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 2 ** 31 }),
    fc.array(poll, { maxLength: 60 }),
    (start, polls) => {
      const play = createPlay();
      let counter = start;
      let sent = 0;
      for (const { rise, float } of polls) {
        counter += rise;
        const said = float === "said" ? Math.fround(counter) : null;
        const draft = play(both(counter, float === "empty" ? undefined : said));
        const read = float === "empty" ? counter : said;
        const [value, ...flags] = energy(draft);
        if (read !== null && read < sent) {
          deepStrictEqual([value, ...flags], [null, BACK]);
          backs++;
        } else {
          deepStrictEqual([value, ...flags], [read]);
          sent = read ?? sent;
        }
      }
    },
  ));
  ok(backs > 0, "no reading was below what was sent");
});

Deno.test("a night of the lower form is no reset, and the morning goes on", () => {
  const play = createPlay();
  play(both(123_456_789, 123_456_792));
  for (let poll = 0; poll < 500; poll++) {
    deepStrictEqual(energy(play(both(123_456_789, undefined, 0))), [null, BACK]);
  }
  for (let poll = 0; poll < 20; poll++) {
    const slow = 123_456_789 + Math.floor(poll / 10);
    deepStrictEqual(energy(play(both(slow, undefined, 300))), [null, BACK]);
  }
  deepStrictEqual(energy(play(both(123_456_800, undefined))), [123_456_800]);
});

Deno.test("a value that was held or absent when the form changed is not forgotten", () => {
  const play = createPlay();
  play(both(123_456_789, 123_456_792));
  deepStrictEqual(energy(play(both(123_456_789, 0))), [
    null,
    "ac_energy_wh:counter-zero",
  ]);
  deepStrictEqual(energy(play(both(123_456_789, null))), [null]);
  deepStrictEqual(energy(play(both(123_456_789, undefined))), [null, BACK]);
});

Deno.test("a reset that the guard believes passes, with its flag alone", () => {
  const play = createPlay();
  play(both(5_000_000, 5_000_000));
  const records = Array.from(
    { length: 12 },
    (_, poll) => energy(play(both(100 + 25 * poll, undefined))),
  );
  const reset = [325, "ac_energy_wh:counter-reset"];
  deepStrictEqual(records, [
    ...Array.from({ length: 9 }, () => [null, BACK]),
    reset,
    [350],
    [375],
  ]);
});

Deno.test("a form that counts from elsewhere is flagged: held at first, then a reset", () => {
  for (
    const [integer, reason] of [
      [1_000, "counter-back"],
      [5_000_000_000, "counter-jump"],
    ] as const
  ) {
    const play = createPlay();
    for (let poll = 0; poll < 5; poll++) {
      deepStrictEqual(energy(play(both(integer, 5_000_000))), [5_000_000]);
    }
    const flags = Array.from(
      { length: 11 },
      (_, poll) => play(both(integer + 25 * poll, undefined)).source.flags,
    );
    deepStrictEqual(flags, [
      ...Array.from({ length: 9 }, () => [`ac_energy_wh:${reason}`]),
      ["ac_energy_wh:counter-reset"],
      [],
    ]);
  }
});

Deno.test("one form in the place of the other is a change too, unless another device stands there", () => {
  const integers: Played[] = [[MODEL_103, { WH: 123_456_789, WH_SF: 0, W: 5 }]];
  const floats: Played[] = [[MODEL_113, { WH: 123_456_792, W: 5 }]];
  const play = createPlay();
  play(floats);
  deepStrictEqual(energy(play(integers)), [null, BACK]);
  const swapped = { ...CONTEXT.identity, serial: "2" };
  deepStrictEqual(energy(play(integers, swapped)), [123_456_789]);
});

Deno.test("each counter of a meter passes by itself, also where the forms name it by other letters", () => {
  const play = createPlay();
  play([[MODEL_203, { W: 5 }], [MODEL_213, {
    W: 5,
    TotWhExp: 123_456_792,
    TotWhImp: 700,
    TotVArhImpQ1phA: 123_456_792,
  }]]);
  const { fields, source } = play([[MODEL_203, {
    W: 5,
    TotWhExp: 123_456_789,
    TotWhImp: 701,
    TotVArhImpQ1PhA: 123_456_789,
  }], [MODEL_213, {}]]);
  strictEqual(fields["exported_energy_wh"], null);
  strictEqual(fields["imported_energy_wh"], 701);
  strictEqual(fields["phase_a_imported_reactive_energy_q1_varh"], null);
  deepStrictEqual(source.flags, [
    "exported_energy_wh:counter-back",
    "phase_a_imported_reactive_energy_q1_varh:counter-back",
  ]);
});

Deno.test("inputs that 714 shows in the place of 160 go on where these were", () => {
  const play = createPlay();
  const inverter: Played = [MODEL_103, { WH: 9_000, WH_SF: 0, W: 5 }];
  const ports: Played = [MODEL_714, {
    Prt: [{ DCWhInj: 4_995n, DCW: 5 }, { DCWhInj: 5_001n, DCW: 5 }],
  }];
  const inputs = [{ DCWH: 5_000, DCW: 5 }, { DCWH: 5_000, DCW: 5 }];
  play([inverter, [MODEL_160, { module: inputs }], ports]);
  const draft = play([inverter, [MODEL_160, { module: [] }], ports]);
  strictEqual(draft.fields["strings_model_id"], 714);
  deepStrictEqual(draft.source.flags, ["strings[0].dc_energy_wh:counter-back"]);
  deepStrictEqual(energy(draft).at(0), 9_000);
});
