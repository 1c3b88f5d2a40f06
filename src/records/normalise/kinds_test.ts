import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  CONTEXT,
  GROUPS,
  inputs,
  model,
  place,
  pointsOf,
} from "../../testing/devices/decoded_models.ts";
import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import { normalise } from "./normalise.ts";

/** The fields and flags of the only record. */
function only(models: readonly DecodedModel[]) {
  const [draft, ...more] = normalise(CONTEXT, models);
  ok(draft);
  deepStrictEqual(more, []);
  const { source: { flags, quality }, fields } = draft;
  const der = fields["der"] as Readonly<Record<string, unknown>> | null;
  return { fields, flags, quality, der };
}

Deno.test("701 alone is an inverter; its states are named as those of 101-113", () => {
  const { fields, der } = only([
    model(701, {
      W: -7,
      PF: -0.98,
      InvSt: 3,
      Alrm: 0x10080,
      AL2: 4,
      TotWhAbs: 5n,
      WL1: -3,
    }),
  ]);
  strictEqual(fields["sunspec_model_id"], 701);
  deepStrictEqual([fields["ac_power_w"], fields["phase_b_current_a"]], [-7, 4]);
  deepStrictEqual([fields["power_factor"], fields["power_factor_pct"]], [-0.98, null]);
  deepStrictEqual([fields["state"], fields["state_code"]], ["RUNNING", 3]);
  deepStrictEqual(fields["events"], ["OVER_TEMP", "MANUFACTURER_ALRM"]);
  deepStrictEqual([der?.["absorbed_energy_wh"], der?.["phase_a_power_w"]], [5, -3]);
});

Deno.test("701 beside 103 is the same inverter once more: it adds what only it says", () => {
  const flags: DecodeFlag[] = [
    { path: "W", reason: "scale-absent" },
    { path: "WL1", reason: "scale-absent" },
  ];
  const der = model(701, { Hz: 50, ConnSt: 1, TotWhAbs: 9 }, flags);
  const both = only([model(103, { W: 5, St: 4 }), der]);
  deepStrictEqual(
    ["sunspec_model_id", "ac_power_w", "frequency_hz", "state"].map((name) =>
      both.fields[name]
    ),
    [103, 5, null, "MPPT"],
  );
  strictEqual(both.der?.["grid_connection"], "CONNECTED");
  strictEqual(both.der?.["absorbed_energy_wh"], 9);
  deepStrictEqual(both.flags, ["der.phase_a_power_w:scale-absent"]);
  // Where 103 holds not one measurement, 701 is believed.
  const empty = only([
    model(103, { St: 4 }),
    model(113),
    model(701, { W: 6, InvSt: 3 }),
  ]);
  deepStrictEqual([empty.fields["sunspec_model_id"], empty.fields["ac_power_w"]], [
    701,
    6,
  ]);
  strictEqual(empty.fields["state"], "RUNNING");
  const drafts = normalise(CONTEXT, [
    place(model(103, { W: 1 }), 100),
    place(model(701, { W: 1 }), 200),
    place(model(103, { W: 2 }), 400),
    place(model(701, { W: 2 }), 500),
  ]);
  deepStrictEqual(drafts.map(({ fields }) => fields["ac_power_w"]), [1, 2]);
});

Deno.test("DC ports are the inputs of an inverter unless 160 shows them; their totals fill what is missing", () => {
  const port = {
    ...pointsOf(GROUPS.get(714)?.groups[0], [null]),
    PrtTyp: 1,
    DCW: 70,
    DCSta: 2,
  };
  const flags: DecodeFlag[] = [{ path: "Prt[0].DCV", reason: "scale-absent" }];
  const ports = model(
    714,
    { Prt: [port], PrtAlrms: 5, DCW: 70, DCA: 7, DCWhInj: 12n },
    flags,
  );
  const der = only([model(701, { W: 60 }), ports]);
  const strings = (fields: Readonly<Record<string, unknown>>): unknown[] => {
    const list = fields["strings"];
    ok(Array.isArray(list));
    return [
      fields["strings_model_id"],
      ...list.map((one) => [one["port_type"], one["dc_power_w"], one["state"]]),
    ];
  };
  deepStrictEqual(strings(der.fields), [714, ["ESS", 70, "WARNING"]]);
  deepStrictEqual(der.fields["strings_events"], ["PORT_1", "PORT_3"]);
  deepStrictEqual(
    ["dc_power_w", "dc_current_a", "dc_injected_energy_wh"].map((name) =>
      der.fields[name]
    ),
    [70, 7, 12],
  );
  deepStrictEqual(der.flags, ["strings[0].dc_voltage_v:scale-absent"]);
  const both = only([model(103, { DCW: 71 }), inputs([11]), ports]);
  deepStrictEqual(strings(both.fields), [160, [null, 11, null]]);
  strictEqual(both.fields["dc_power_w"], 71);
  const doubtful = model(714, { Prt: [], DCA: 7 }, [{
    path: "DCW",
    reason: "scale-absent",
  }]);
  deepStrictEqual(only([model(103, { DCW: 71 }), doubtful]).flags, []);
  deepStrictEqual(only([model(103, { W: 1 }), doubtful]).flags, [
    "dc_power_w:scale-absent",
  ]);
  const night = only([model(103, { DCW: 0 }), inputs([]), ports]);
  strictEqual(night.fields["strings_model_id"], 714);
});

Deno.test("nameplate, settings and extended status are parts of the inverter that they belong to", () => {
  const flags: DecodeFlag[] = [{ path: "WRtg", reason: "scale-absent" }];
  const drafts = normalise(CONTEXT, [
    place(model(103, { W: 1 }), 100),
    place(model(120, { DERTyp: 82 }, flags), 200),
    place(model(121, { WMax: 900, ConnPh: 2 }), 300),
    place(model(122, { ECPConn: 1, PVConn: 7, Tms: 774_959_543 }), 400),
    place(model(103, { W: 2 }), 500),
    place(model(120, { WRtg: 1_000 }), 600),
  ]);
  const part = (at: number, name: string, field: string): unknown => {
    const found = drafts[at]?.fields[name] as
      | Record<string, unknown>
      | null
      | undefined;
    return found?.[field] ?? null;
  };
  strictEqual(part(0, "nameplate", "der_type"), "PV_STOR");
  strictEqual(part(1, "nameplate", "power_rating_w"), 1_000);
  deepStrictEqual(drafts[0]?.source.flags, ["nameplate.power_rating_w:scale-absent"]);
  strictEqual(part(0, "settings", "connected_phase"), "B");
  strictEqual(part(1, "settings", "max_power_w"), null);
  strictEqual(part(0, "extended_status", "grid_connection"), "CONNECTED");
  deepStrictEqual(part(0, "extended_status", "pv_connection"), [
    "CONNECTED",
    "AVAILABLE",
    "OPERATING",
  ]);
});

Deno.test("an inverter's meter and battery are records beside it; a PV inverter's empty battery models are none", () => {
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
  // Of two places for a battery the second is filled: it is and stays the second.
  const places = [
    place(model(713, { SoC: 0 }), 100),
    place(model(713, { SoC: 9 }), 200),
  ];
  deepStrictEqual(kinds(places), [["NormalizedStorageData", "dev.2"]]);
});

Deno.test("sub-meters are sub-devices in chain order; one in two forms is one, of other wiring another", () => {
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

Deno.test("a battery's value comes from the first model that says it, and a flag is about what is missing", () => {
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

Deno.test("the strings of a bank take their modules from the model that has their index", () => {
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

Deno.test("a weather station is one record, its sensors listed in chain order", () => {
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

Deno.test("two combiners in a device are two sub-devices; one shown simply and in full is one", () => {
  const ids = (models: DecodedModel[]): unknown[] =>
    normalise(CONTEXT, models).map(({ source, fields }) => [
      source.device_id,
      fields["sunspec_model_id"],
    ]);
  const full = model(404, { DCA: 9, string: [] });
  const simple = model(403, { DCA: 9, string: [] });
  deepStrictEqual(ids([simple, full]), [["dev", 404]]);
  deepStrictEqual(ids([place(simple, 1), place(simple, 2)]), [["dev.1", 403], [
    "dev.2",
    403,
  ]]);
});

Deno.test("a meter's line-to-line voltages are found under either of SunSpec's names", () => {
  for (const [id, point] of [[201, "PPVphAB"], [203, "PhVphAB"]] as const) {
    const [draft] = normalise(CONTEXT, [model(id, { [point]: 400.5 })]);
    strictEqual(draft?.fields["phase_ab_voltage_v"], 400.5);
  }
});
