import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../models/index.ts";
import type {
  DecodedModel,
  DecodeFlag,
  Points,
  PointValue,
} from "../sunspec/decode.ts";
import type { GroupDefinition } from "../sunspec/definition.ts";
import { createCodec } from "./avro.ts";
import {
  normalise,
  NORMALISED_MODELS,
  type PollContext,
  RECORD_SOURCES,
} from "./normalise.ts";

const CONTEXT: PollContext = {
  gateway: "gw",
  site: null,
  deviceId: "dev",
  unitId: 1,
  identity: { manufacturer: "M", model: "X", serial: "1", firmware: null },
  slotsMissed: 2,
  intervalMs: 10_000,
  sampledAtMs: 1_700_000_000_000,
  readDurationMs: 41.6,
  clockSynced: true,
};

const GROUPS = new Map<number, GroupDefinition>();
for (const id of [1, ...NORMALISED_MODELS]) {
  const definition = await loadDefinition(id);
  ok(definition);
  GROUPS.set(id, definition.group);
}

Deno.test("whatever the points hold, records hold finite numbers or null, and can be encoded", () => {
  const codec = createCodec();
  const value = fc.oneof(
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.constantFrom(null, NaN, Infinity, -0, 2 ** 32),
  );
  const model = fc.record({
    id: fc.constantFrom(1, ...NORMALISED_MODELS),
    values: fc.array(value, { minLength: 1, maxLength: 40 }),
  });
  fc.assert(fc.property(fc.array(model, { maxLength: 5 }), (made) => {
    const models = made.map(({ id, values }, index) => fill(id, index, values));
    for (const draft of normalise(CONTEXT, models)) {
      const numbering = { epoch: 1, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };
      ok(codec.decode(codec.encode(draft, numbering)).ok);
      JSON.stringify(draft, (_, inner) => {
        if (typeof inner === "number") ok(Number.isFinite(inner));
        return inner;
      });
    }
  }));
});

/** What is no reading: the header, counts of groups, commands, times, fillers. */
const LEFT_OUT =
  /^(ID|L|N|TmsPer)$|(^|\.)(Tms|Pad\d*|AlmRst|SetOp|SetInvState|(Str)?Set(Ena|Con))$/;

Deno.test("every point of the normalised models that is a reading is in the record", () => {
  for (const id of NORMALISED_MODELS) {
    const group = GROUPS.get(id);
    ok(group);
    const wanted = new Map<string, number>();
    const points = numbered(group, wanted);
    const model: DecodedModel = { id, address: 0, length: 0, points, flags: [] };
    const models = id === 160 ? [fill(103, 9, [null]), model] : [model];
    const text = JSON.stringify(normalise(CONTEXT, models)[0]?.fields);
    for (const [path, value] of wanted) {
      ok(text.includes(`:${value}`), `${id}.${path} is lost`);
    }
  }
});

Deno.test("every point that feeds a field exists, and every other is known to be left out", () => {
  for (const { models, fields } of Object.values(RECORD_SOURCES).flat()) {
    for (const id of models) {
      const group = GROUPS.get(id);
      ok(group);
      const paths = pathsOf(group, "");
      for (const path of fields.keys()) ok(paths.includes(path), `${id}.${path}`);
      for (const path of paths) {
        if (!LEFT_OUT.test(path)) ok(fields.has(path), `${id}.${path} feeds nothing`);
      }
    }
  }
});

/** Gives every reading a number that no other has, and notes it by its path. */
function numbered(
  group: GroupDefinition,
  wanted: Map<string, number>,
  before = "",
): Points {
  const values: Record<string, PointValue | readonly Points[]> = {};
  for (const { name, type } of group.points) {
    const path = before + name;
    values[name] = null;
    // 804's index is that of the string.
    if (LEFT_OUT.test(path) || name === "Idx") continue;
    if (/^(bitfield|string|sunssf)/.test(type)) continue;
    const value = 1_000 + wanted.size;
    values[name] = value;
    wanted.set(path, value);
  }
  for (const inner of group.groups) {
    values[inner.name] = [numbered(inner, wanted, `${before}${inner.name}.`)];
  }
  return values;
}

/** The paths of all points but scale factors. */
function pathsOf({ points, groups }: GroupDefinition, before: string): string[] {
  return [
    ...points.filter(({ type }) => type !== "sunssf").map(({ name }) => before + name),
    ...groups.flatMap((inner) => pathsOf(inner, `${before}${inner.name}.`)),
  ];
}

Deno.test("a device without a normalised kind gives no record", () => {
  deepStrictEqual(normalise(CONTEXT, []), []);
  deepStrictEqual(normalise(CONTEXT, [model(1), model(160)]), []);
});

Deno.test("the envelope is the poll's", () => {
  const [draft] = normalise(CONTEXT, [model(1), model(103, { W: 5 })]);
  deepStrictEqual(draft?.source, {
    gateway: "gw",
    site: null,
    ["device_id"]: "dev",
    ["unit_id"]: 1,
    manufacturer: "M",
    model: "X",
    serial: "1",
    firmware: null,
    ["slots_missed"]: 2,
    ["interval_ms"]: 10_000,
    ["sampled_at"]: 1_700_000_000_000,
    ["read_duration_ms"]: 42,
    ["clock_synced"]: true,
    quality: "good",
    flags: [],
  });
});

Deno.test("an inverter that is shown as integers and as floats is one record", () => {
  const integer = model(103, { W: 5, St: 4 });
  const float = model(113, { W: 5.25, St: 4 });
  const power = (models: DecodedModel[], prefer?: "integer"): unknown[] =>
    normalise(CONTEXT, models, prefer && { prefer }).map(({ source, fields }) => [
      source.device_id,
      fields["sunspec_model_id"],
      fields["ac_power_w"],
    ]);
  deepStrictEqual(power([integer, float]), [["dev", 113, 5.25]]);
  deepStrictEqual(power([integer, float], "integer"), [["dev", 103, 5]]);
  deepStrictEqual(power([integer, model(113, { St: 4 })]), [["dev", 103, 5]]);
  deepStrictEqual(power([model(103, { St: 4 }), float], "integer"), [[
    "dev",
    113,
    5.25,
  ]]);
  // By night both are empty: still one record, from the preferred one.
  deepStrictEqual(power([model(103), model(113)]), [["dev", 113, null]]);
});

Deno.test("two inverters in a device are two sub-devices, each with its own inputs", () => {
  const chain = [
    place(model(103, { W: 1 }), 100),
    place(inputs([11]), 200),
    place(model(103, { W: 2 }), 300),
    place(inputs([21, 22]), 400),
    place(model(203, { W: 9 }), 500),
  ];
  deepStrictEqual(
    normalise(CONTEXT, chain).map(({ type, source, fields }) => [
      type,
      source.device_id,
      fields["ac_power_w"],
      stringPowers(fields["strings"]),
    ]),
    [
      ["NormalizedInverterData", "dev.1", 1, [11]],
      ["NormalizedInverterData", "dev.2", 2, [21, 22]],
      ["NormalizedMeterData", "dev", 9, null],
    ],
  );
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

Deno.test("inputs belong to the only inverter wherever they stand; flags count over all of them", () => {
  const chain = [
    place(inputs([11], [{ path: "Evt", reason: "bitfield-invalid" }]), 100),
    place(model(101, {}), 200),
    place(inputs([21, 22], [{ path: "module[1].DCA", reason: "scale-absent" }]), 300),
  ];
  const [draft] = normalise(CONTEXT, chain);
  deepStrictEqual(stringPowers(draft?.fields["strings"]), [11, 21, 22]);
  deepStrictEqual(draft?.source.flags, [
    "strings[2].dc_current_a:scale-absent",
    "strings_events:bitfield-invalid",
  ]);
  strictEqual(draft?.source.quality, "partial");
});

Deno.test("flags are named by the record's fields, sorted, each once", () => {
  const flags: DecodeFlag[] = [
    { path: "W", reason: "scale-absent" },
    { path: "L", reason: "length-long" },
    { path: "W", reason: "scale-absent" },
    { path: "St", reason: "register-unread" },
  ];
  const [draft] = normalise(CONTEXT, [model(103, {}, flags)]);
  deepStrictEqual(draft?.source.flags, [
    "ac_power_w:scale-absent",
    "model_103.L:length-long",
    "state:register-unread",
  ]);
});

Deno.test("states and events are symbols, by number where they have no name", () => {
  const points = {
    St: 17,
    StVnd: 3,
    Evt1: 0x10001,
    Evt2: 0,
    EvtVnd1: 6,
    EvtVnd2: null,
  };
  const fields = normalise(CONTEXT, [model(111, points)])[0]?.fields ?? {};
  strictEqual(fields["state"], "UNKNOWN(17)");
  strictEqual(fields["state_code"], 17);
  strictEqual(fields["vendor_state_code"], 3);
  deepStrictEqual(fields["events"], ["GROUND_FAULT", "bit_16"]);
  deepStrictEqual(fields["events_2"], []);
  deepStrictEqual(fields["vendor_events_1"], ["bit_1", "bit_2"]);
  strictEqual(fields["vendor_events_2"], null);
});

Deno.test("a meter's line-to-line voltages are found under either of SunSpec's names", () => {
  for (const [id, point] of [[201, "PPVphAB"], [203, "PhVphAB"]] as const) {
    const [draft] = normalise(CONTEXT, [model(id, { [point]: 400.5 })]);
    strictEqual(draft?.fields["phase_ab_voltage_v"], 400.5);
  }
});

function stringPowers(strings: unknown): unknown[] | null {
  return Array.isArray(strings)
    ? strings.map((one: Record<string, unknown>) => one["dc_power_w"])
    : null;
}

function inputs(
  powers: readonly number[],
  flags: readonly DecodeFlag[] = [],
): DecodedModel {
  const group = GROUPS.get(160)?.groups?.[0];
  ok(group);
  const modules = powers.map((DCW) => ({ ...pointsOf(group, [null]), DCW }));
  return model(160, { module: modules }, flags);
}

/** A model of which every point is null but those given. */
function model(
  id: number,
  points: Points = {},
  flags: readonly DecodeFlag[] = [],
): DecodedModel {
  const all = pointsOf(GROUPS.get(id), [null]);
  return { id, address: id, length: 0, points: { ...all, ...points }, flags };
}

function place(model: DecodedModel, address: number): DecodedModel {
  return { ...model, address };
}

/** A model whose points take `values` in turn; its groups have two instances. */
function fill(
  id: number,
  address: number,
  values: readonly PointValue[],
): DecodedModel {
  const points = pointsOf(GROUPS.get(id), values);
  return { id, address, length: 0, points, flags: [] };
}

function pointsOf(
  group: GroupDefinition | undefined,
  values: readonly PointValue[],
): Points {
  const points: Record<string, PointValue | readonly Points[]> = {};
  group?.points.forEach(({ name }, index) => {
    points[name] = values[index % values.length] ?? null;
  });
  for (const inner of group?.groups ?? []) {
    points[inner.name] = values.length === 1
      ? []
      : [pointsOf(inner, values), pointsOf(inner, values)];
  }
  return points;
}
