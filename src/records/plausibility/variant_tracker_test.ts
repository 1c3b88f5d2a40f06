import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_113 } from "../../../models/model_113.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_203 } from "../../../models/model_203.ts";
import { MODEL_213 } from "../../../models/model_213.ts";
import { MODEL_714 } from "../../../models/model_714.ts";
import { CONTEXT } from "../../testing/devices/decoded_models.ts";
import type { Points } from "../../sunspec/decode/decode.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { createRecordBuilder } from "../record_builder.ts";
import type { Draft } from "../record.ts";

const EVERY_MS = 10_000;

type PolledModel = readonly [definition: ModelDefinition, points: Points];

/** Builds the records of polls one after another, ten seconds apart; each has one record. */
function createPolls() {
  const builder = createRecordBuilder();
  let atMs = 0;
  return (chain: readonly PolledModel[], identity = CONTEXT.identity): Draft => {
    atMs += EVERY_MS;
    const models = chain.map(([definition, points], at) => {
      const place = { id: definition.id, address: 100 * at, length: 0 };
      return readingOf(definition, { ...place, points, flags: [] });
    });
    const [draft] = builder.build({ ...CONTEXT, identity }, models, atMs);
    ok(draft !== undefined);
    return draft;
  };
}

/** An inverter in both variants; undefined = the float model has no values. */
function both(
  integer: number,
  float: number | null | undefined,
  W = 9_000,
): PolledModel[] {
  const floats: Points = float === undefined ? {} : { WH: float, W };
  return [[MODEL_103, { WH: integer, WH_SF: 0, W }], [MODEL_113, floats]];
}

/** The energy of a record and its flags. */
function energy({ fields, source }: Draft): unknown[] {
  return [fields["ac_energy_wh"], ...source.flags];
}

const BACK = "ac_energy_wh:counter-back";

Deno.test("filterDrafts(): after floats that were rounded up, an integer is null until it reaches them", () => {
  const buildRecord = createPolls();
  deepStrictEqual(energy(buildRecord(both(123_456_789, 123_456_792))), [123_456_792]);
  const withheld = buildRecord(both(123_456_789, undefined));
  deepStrictEqual(energy(withheld), [null, BACK]);
  deepStrictEqual([withheld.fields["sunspec_model_id"], withheld.source.quality], [
    103,
    "partial",
  ]);
  deepStrictEqual(energy(buildRecord(both(123_456_792, undefined))), [123_456_792]);
});

Deno.test("filterDrafts(): with any sequence of variants, a counter never decreases, and is null only below the last sent value", () => {
  const poll = fc.record({
    rise: fc.nat({ max: 12 }),
    float: fc.constantFrom("counter" as const, "no counter" as const, "empty" as const),
  });
  let backs = 0;
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 2 ** 30 - 100 }),
    fc.array(poll, { maxLength: 60 }),
    (start, polls) => {
      const buildRecord = createPolls();
      let counter = start;
      let sent = 0;
      for (const { rise, float } of polls) {
        counter += rise;
        const rounded = float === "counter" ? Math.fround(counter) : null;
        const draft = buildRecord(
          both(counter, float === "empty" ? undefined : rounded),
        );
        const read = float === "empty" ? counter : rounded;
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

Deno.test("filterDrafts(): a whole night of the lower variant is not a reset, and the morning continues the count", () => {
  const buildRecord = createPolls();
  buildRecord(both(123_456_789, 123_456_792));
  for (let poll = 0; poll < 500; poll++) {
    deepStrictEqual(energy(buildRecord(both(123_456_789, undefined, 0))), [null, BACK]);
  }
  for (let poll = 0; poll < 20; poll++) {
    const slow = 123_456_789 + Math.floor(poll / 10);
    deepStrictEqual(energy(buildRecord(both(slow, undefined, 300))), [null, BACK]);
  }
  deepStrictEqual(energy(buildRecord(both(123_456_800, undefined))), [123_456_800]);
});

Deno.test("filterDrafts(): a value that was null when the variant changed still counts as sent", () => {
  const buildRecord = createPolls();
  buildRecord(both(123_456_789, 123_456_792));
  deepStrictEqual(energy(buildRecord(both(123_456_789, 0))), [
    null,
    "ac_energy_wh:counter-zero",
  ]);
  deepStrictEqual(energy(buildRecord(both(123_456_789, null))), [null]);
  deepStrictEqual(energy(buildRecord(both(123_456_789, undefined))), [null, BACK]);
});

Deno.test("filterDrafts(): a reset accepted by the counter filter passes, and has only that flag", () => {
  const buildRecord = createPolls();
  buildRecord(both(5_000_000, 5_000_000));
  const records = Array.from(
    { length: 12 },
    (_, poll) => energy(buildRecord(both(100 + 25 * poll, undefined))),
  );
  const reset = [325, "ac_energy_wh:counter-reset"];
  deepStrictEqual(records, [
    ...Array.from({ length: 9 }, () => [null, BACK]),
    reset,
    [350],
    [375],
  ]);
});

Deno.test("filterDrafts(): a variant with another counter value is flagged: null at first, then a reset", () => {
  for (
    const [integer, reason] of [
      [1_000, "counter-back"],
      [2_000_000_000, "counter-jump"],
    ] as const
  ) {
    const buildRecord = createPolls();
    for (let poll = 0; poll < 5; poll++) {
      deepStrictEqual(energy(buildRecord(both(integer, 5_000_000))), [5_000_000]);
    }
    const flags = Array.from(
      { length: 11 },
      (_, poll) => buildRecord(both(integer + 25 * poll, undefined)).source.flags,
    );
    deepStrictEqual(flags, [
      ...Array.from({ length: 9 }, () => [`ac_energy_wh:${reason}`]),
      ["ac_energy_wh:counter-reset"],
      [],
    ]);
  }
});

Deno.test("filterDrafts(): a poll with the other variant alone is a change too, unless the device was replaced", () => {
  const integers: PolledModel[] = [[MODEL_103, { WH: 123_456_789, WH_SF: 0, W: 5 }]];
  const floats: PolledModel[] = [[MODEL_113, { WH: 123_456_792, W: 5 }]];
  const buildRecord = createPolls();
  buildRecord(floats);
  deepStrictEqual(energy(buildRecord(integers)), [null, BACK]);
  const swapped = { ...CONTEXT.identity, serial: "2" };
  deepStrictEqual(energy(buildRecord(integers, swapped)), [123_456_789]);
});

Deno.test("filterDrafts(): each counter of a meter is compared separately, also if the variants name it differently", () => {
  const buildRecord = createPolls();
  buildRecord([[MODEL_203, { W: 5 }], [MODEL_213, {
    W: 5,
    TotWhExp: 123_456_792,
    TotWhImp: 700,
    TotVArhImpQ1phA: 123_456_792,
  }]]);
  const { fields, source } = buildRecord([[MODEL_203, {
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

Deno.test("filterDrafts(): inputs from 714 continue the counters of the inputs from 160", () => {
  const buildRecord = createPolls();
  const inverter: PolledModel = [MODEL_103, { WH: 9_000, WH_SF: 0, W: 5 }];
  const ports: PolledModel = [MODEL_714, {
    Prt: [{ DCWhInj: 4_995n, DCW: 5 }, { DCWhInj: 5_001n, DCW: 5 }],
  }];
  const inputs = [{ DCWH: 5_000, DCW: 5 }, { DCWH: 5_000, DCW: 5 }];
  buildRecord([inverter, [MODEL_160, { module: inputs }], ports]);
  const draft = buildRecord([inverter, [MODEL_160, { module: [] }], ports]);
  strictEqual(draft.fields["strings_model_id"], 714);
  deepStrictEqual(draft.source.flags, ["strings[0].dc_energy_wh:counter-back"]);
  deepStrictEqual(energy(draft).at(0), 9_000);
});
