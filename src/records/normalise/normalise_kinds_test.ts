import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  CONTEXT,
  GROUPS,
  model,
  place,
  pointsOf,
} from "../../testing/devices/decoded_models.ts";
import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import { normalise } from "./normalise.ts";

Deno.test("normalise(): the meter and battery of an inverter are separate records; battery models without values are not", () => {
  const hybrid = [model(103, { W: 1 }), model(203, { W: 2 }), model(802, { W: -3 })];
  const kinds = (models: DecodedModel[]): unknown[] =>
    normalise(CONTEXT, models).map(({ type, source }) => [type, source.device_id]);
  deepStrictEqual(kinds(hybrid), [
    ["NormalizedInverterData", "dev"],
    ["NormalizedMeterData", "dev"],
    ["NormalizedStorageData", "dev"],
  ]);
  const pv = [model(103, { W: 1 })];
  const one = [["NormalizedInverterData", "dev"]];
  deepStrictEqual(kinds([...pv, model(124), model(713)]), one);
  deepStrictEqual(kinds([...pv, model(124, { ["StorCtl_Mod"]: 0, ChaSt: 1 })]), one);
  deepStrictEqual(kinds([...pv, model(713, { SoC: 0, WHRtg: 0 })]), one);
  strictEqual(kinds([...pv, model(124, { ChaState: 12 })]).length, 2);
  strictEqual(kinds([...pv, model(713, { SoC: 0, WHRtg: 5_000 })]).length, 2);
  // Only the second of two battery positions is in use: it keeps its number.
  const places = [
    place(model(713, { SoC: 0 }), 100),
    place(model(713, { SoC: 9 }), 200),
  ];
  deepStrictEqual(kinds(places), [["NormalizedStorageData", "dev.2"]]);
});

Deno.test("normalise(): meters are sub-devices in chain order; two variants are one meter, other wiring is another", () => {
  const meters = (models: DecodedModel[]): unknown[] =>
    normalise(CONTEXT, models).map(({ source, fields }) => [
      source.device_id,
      fields["sunspec_model_id"],
    ]);
  deepStrictEqual(meters([model(203, { W: 1 }), model(213, { W: 1.5 })]), [[
    "dev",
    213,
  ]]);
  const chain = [
    place(model(203, { W: 1 }), 100),
    place(model(201, { W: 2 }), 300),
    place(model(201, { W: 3 }), 500),
    place(model(213, { W: 1.5 }), 700),
  ];
  deepStrictEqual(meters(chain), [["dev.1", 213], ["dev.2", 201], ["dev.3", 201]]);
});

Deno.test("normalise(): a battery's value comes from the first model that has it, and a flag names a field only if it is null", () => {
  const absent: DecodeFlag[] = [{ path: "SoC", reason: "scale-absent" }];
  const battery = (models: DecodedModel[]): unknown[] =>
    normalise(CONTEXT, models).map(({ source, fields }) => [
      fields["sunspec_model_ids"],
      fields["soc_pct"],
      fields["charge_state"],
      source.flags,
    ]);
  const basic = model(124, { ChaState: 40, ChaSt: 4 });
  deepStrictEqual(battery([basic, model(713, { SoC: 41 }), model(802, { SoC: 42 })]), [
    [[124, 713, 802], 42, "CHARGING", []],
  ]);
  deepStrictEqual(battery([basic, model(802, { ChaSt: 3 }, absent)]), [
    [[124, 802], 40, "DISCHARGING", ["model_802.SoC:scale-absent"]],
  ]);
  deepStrictEqual(battery([model(802, {}, absent)]), [
    [[802], null, null, ["soc_pct:scale-absent"]],
  ]);
});

Deno.test("normalise(): the strings of a bank get their modules from the 804 with their index", () => {
  const string = { ...pointsOf(GROUPS.get(803)?.groups[0], [null]) };
  const one = { ...pointsOf(GROUPS.get(804)?.groups[0], [null]), ModNCell: 16 };
  const flags: DecodeFlag[] = [
    { path: "V", reason: "scale-absent" },
    { path: "lithium_ion_string_module[1].ModSoC", reason: "scale-absent" },
    { path: "L", reason: "length-long" },
  ];
  const modules = { ["lithium_ion_string_module"]: [one, one] };
  const [draft] = normalise(CONTEXT, [
    model(803, { string: [{ ...string, StrSoC: 50 }, { ...string, StrSoC: 51 }] }),
    place(model(804, { ...modules, Idx: 2, SoC: 52, NCyc: 7 }, flags), 900),
    place(model(804, { ...modules, Idx: 9, SoC: 59 }), 1_000),
  ]);
  const strings = draft?.fields["strings"];
  ok(Array.isArray(strings));
  deepStrictEqual(
    strings.map((one) => [
      one["index"],
      one["soc_pct"],
      one["cycles"],
      one["modules"]?.length ?? null,
    ]),
    [[1, 50, null, null], [2, 51, 7, 2], [9, 59, null, 2]],
  );
  deepStrictEqual(draft?.source.flags, [
    "model_804.L:length-long",
    "strings[1].dc_voltage_v:scale-absent",
    "strings[1].modules[1].soc_pct:scale-absent",
  ]);
});

Deno.test("normalise(): a weather station is one record with its sensors in chain order", () => {
  const temp = (value: number): Points => ({ TmpBOM: value });
  const flags: DecodeFlag[] = [{ path: "temp[0].TmpBOM", reason: "register-unread" }];
  const [draft, ...more] = normalise(CONTEXT, [
    place(model(303, { temp: [temp(20), temp(21)] }), 100),
    place(model(308, { TmpAmb: 9, GHI: 800 }), 200),
    place(model(303, { temp: [temp(22)] }, flags), 300),
    place(model(307, { WndSpd: 4 }), 400),
  ]);
  deepStrictEqual(more, []);
  const { fields, source } = draft ?? {};
  strictEqual(fields?.["ambient_temp_c"], 9);
  strictEqual(fields["wind_speed_m_s"], 4);
  strictEqual(fields["irradiances"], null);
  deepStrictEqual(
    fields["module_temps"],
    [20, 21, 22].map((value) => ({ ["temp_c"]: value })),
  );
  deepStrictEqual(source?.flags, ["module_temps[2].temp_c:register-unread"]);
});

Deno.test("normalise(): two combiners are two sub-devices; a basic and an advanced model are one combiner", () => {
  const ids = (models: DecodedModel[]): unknown[] =>
    normalise(CONTEXT, models).map(({ source, fields }) => [
      source.device_id,
      fields["sunspec_model_id"],
    ]);
  const advanced = model(404, { DCA: 9, string: [] });
  const basic = model(403, { DCA: 9, string: [] });
  deepStrictEqual(ids([basic, advanced]), [["dev", 404]]);
  deepStrictEqual(ids([place(basic, 1), place(basic, 2)]), [["dev.1", 403], [
    "dev.2",
    403,
  ]]);
});

Deno.test("normalise(): line-to-line voltages of a meter are found under both of SunSpec's names", () => {
  for (const [id, point] of [[201, "PPVphAB"], [203, "PhVphAB"]] as const) {
    const [draft] = normalise(CONTEXT, [model(id, { [point]: 400.5 })]);
    strictEqual(draft?.fields["phase_ab_voltage_v"], 400.5);
  }
});
