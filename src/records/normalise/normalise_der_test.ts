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

/** The fields and flags of a single record. */
function single(models: readonly DecodedModel[]) {
  const [draft, ...more] = normalise(CONTEXT, models);
  ok(draft);
  deepStrictEqual(more, []);
  const { source: { flags, quality }, fields } = draft;
  const der = fields["der"] as Readonly<Record<string, unknown>> | null;
  return { fields, flags, quality, der };
}

Deno.test("normalise(): 701 alone is an inverter, with the state symbols of 101-113", () => {
  const { fields, der } = single([
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

Deno.test("normalise(): 701 next to 103 is the same inverter and adds the points that only 701 has", () => {
  const flags: DecodeFlag[] = [
    { path: "W", reason: "scale-absent" },
    { path: "WL1", reason: "scale-absent" },
  ];
  const der = model(701, { Hz: 50, ConnSt: 1, TotWhAbs: 9 }, flags);
  const both = single([model(103, { W: 5, St: 4 }), der]);
  deepStrictEqual(
    ["sunspec_model_id", "ac_power_w", "frequency_hz", "state"].map((name) =>
      both.fields[name]
    ),
    [103, 5, null, "MPPT"],
  );
  strictEqual(both.der?.["grid_connection"], "CONNECTED");
  strictEqual(both.der?.["absorbed_energy_wh"], 9);
  deepStrictEqual(both.flags, ["der.phase_a_power_w:scale-absent"]);
  // Without any measurement in 103, 701 is selected.
  const empty = single([
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

Deno.test("normalise(): DC ports are the inputs of an inverter unless 160 has them; their totals fill missing fields", () => {
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
  const der = single([model(701, { W: 60 }), ports]);
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
  const both = single([model(103, { DCW: 71 }), inputs([11]), ports]);
  deepStrictEqual(strings(both.fields), [160, [null, 11, null]]);
  strictEqual(both.fields["dc_power_w"], 71);
  const flagged = model(714, { Prt: [], DCA: 7 }, [{
    path: "DCW",
    reason: "scale-absent",
  }]);
  deepStrictEqual(single([model(103, { DCW: 71 }), flagged]).flags, []);
  deepStrictEqual(single([model(103, { W: 1 }), flagged]).flags, [
    "dc_power_w:scale-absent",
  ]);
  const night = single([model(103, { DCW: 0 }), inputs([]), ports]);
  strictEqual(night.fields["strings_model_id"], 714);
});

Deno.test("normalise(): nameplate, settings and extended status belong to the inverter before them", () => {
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

Deno.test("normalise(): 701 that replaces an unusable 103 keeps what only 103 states, and its flags", () => {
  const flags: DecodeFlag[] = [
    { path: "W", reason: "scale-absent" },
    { path: "EvtVnd1", reason: "bitfield-invalid" },
  ];
  const plain = model(103, { St: 4, StVnd: 9, Evt1: 0x81, Evt2: 0, EvtVnd2: 2 }, flags);
  const found = single([plain, model(701, { W: 700, Hz: 50 })]);
  const fieldsOf = (...names: string[]) => names.map((name) => found.fields[name]);
  deepStrictEqual(fieldsOf("sunspec_model_id", "ac_power_w", "frequency_hz"), [
    ...[701, 700, 50],
  ]);
  deepStrictEqual(fieldsOf("state", "state_code", "vendor_state_code"), ["MPPT", 4, 9]);
  deepStrictEqual(fieldsOf("events", "events_2", "vendor_events_2"), [
    ["GROUND_FAULT", "OVER_TEMP"],
    [],
    ["bit_1"],
  ]);
  deepStrictEqual(found.flags, [
    "model_103.W:scale-absent",
    "vendor_events_1:bitfield-invalid",
  ]);
  strictEqual(found.quality, "partial");
  // Its own state takes precedence, and its alarms are added.
  const own = single([plain, model(701, { W: 700, InvSt: 3, Alrm: 0x100 })]);
  deepStrictEqual([own.fields["state"], own.fields["state_code"]], ["RUNNING", 3]);
  ok((own.fields["events"] as string[]).includes("GROUND_FAULT"));
});

Deno.test("normalise(): a module of 160 that is named after a battery is no PV string", () => {
  const names = [
    "String 1",
    "PV2",
    "StCha 3",
    "StDisCha 4",
    "Battery",
    "Chalet",
    "East",
  ];
  const [empty] = inputs([0]).points["module"] as readonly Points[];
  const module = names.map((IDStr) => ({ ...empty, IDStr, DCW: 5 }));
  const { fields } = single([model(103, { W: 5 }), model(160, { module })]);
  deepStrictEqual(
    (fields["strings"] as { port_type: unknown }[]).map(({ port_type }) => port_type),
    [null, null, "ESS", "ESS", "ESS", null, null],
  );
});
