import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import { type DecodedModel, decodeModel } from "../../src/sunspec/decode/decode.ts";
import { UNKNOWN_IDENTITY } from "../../src/sunspec/identity.ts";
import { createCodec } from "../../src/records/avro/codec.ts";
import { normalise } from "../../src/records/normalise/normalise.ts";
import { NORMALISED_MODELS } from "../../src/records/normalise/normalised_models.ts";
import {
  type ExpectedPoint,
  type SharedDevice,
  testWithSharedDevices,
} from "../../src/testing/devices/shared_devices.ts";

/** Field by the oracle's point. Independent of the tables in the code. */
const POINTS: Readonly<Record<string, string>> = {
  A: "ac_current_a",
  AphA: "phase_a_current_a",
  PhVphA: "phase_an_voltage_v",
  W: "ac_power_w",
  Hz: "frequency_hz",
  VA: "ac_apparent_power_va",
  VAr: "ac_reactive_power_var",
  VAR: "ac_reactive_power_var",
  PF: "power_factor_pct",
  WH: "ac_energy_wh",
  DCV: "dc_voltage_v",
  DCW: "dc_power_w",
  TmpCab: "cabinet_temp_c",
  TmpSnk: "heat_sink_temp_c",
  St: "state_code",
  WphB: "phase_b_power_w",
  PPV: "line_line_voltage_v",
  PhVphBC: "phase_bc_voltage_v",
  TotWhExp: "exported_energy_wh",
  TotWhImp: "imported_energy_wh",
  TotVArhExpQ3: "exported_reactive_energy_q3_varh",
  TmpAmb: "ambient_temp_c",
  RH: "relative_humidity_pct",
  Pres: "air_pressure_hpa",
  WndSpd: "wind_speed_m_s",
  WndDir: "wind_direction_deg",
  Rain: "rain_mm",
  Snw: "snow_depth_mm",
  PPT: "precipitation_type_code",
  ElecFld: "electric_field_v_m",
  SurWet: "surface_wetness_kohm",
  SoilWet: "soil_wetness_pct",
};

/** For points in groups: the list and the field in its items. */
const LISTED: Readonly<Record<string, readonly [list: string, field: string]>> = {
  "module.ID": ["strings", "id"],
  "module.DCA": ["strings", "dc_current_a"],
  "module.DCV": ["strings", "dc_voltage_v"],
  "module.DCW": ["strings", "dc_power_w"],
  "module.DCWH": ["strings", "dc_energy_wh"],
  "module.Tmp": ["strings", "temp_c"],
  "repeating.GHI": ["irradiances", "ghi_w_m2"],
  "repeating.POAI": ["irradiances", "poa_w_m2"],
  "repeating.DFI": ["irradiances", "diffuse_w_m2"],
  "repeating.DNI": ["irradiances", "dni_w_m2"],
  "repeating.OTI": ["irradiances", "other_w_m2"],
  "temp.TmpBOM": ["module_temps", "temp_c"],
};

type Fields = Readonly<Record<string, unknown>>;

for (
  const [name, type, comparedMin] of [
    ["fimer-pvs", "NormalizedInverterData", 61],
    ["fronius-igplus-v114-day", "NormalizedInverterData", 8],
    ["sma-sb3.6-20230810", "NormalizedInverterData", 20],
    ["sma-sb3.6-20250608-night", "NormalizedInverterData", 7],
    ["solaredge-se33k-a1", "NormalizedInverterData", 12],
    ["solaredge-se33k-a2", "NormalizedInverterData", 12],
    ["veris-e51c2", "NormalizedMeterData", 10],
    ["rainwise-pvmet500-307-302-303", "NormalizedEnvironmentData", 19],
  ] as const
) {
  testWithSharedDevices(
    `normalise(): the record of ${name} matches an independent decoder`,
    async (all) => {
      const device = findDevice(all, name);
      const drafts = normalise(context(name), await decodeDump(device));
      deepStrictEqual(drafts.map((draft) => draft.type), [type]);
      const [draft] = drafts;
      ok(draft);
      ok(createCodec().encode(draft, position()).length > 10);
      const compared = compare(device, draft.fields);
      ok(compared >= comparedMin, `only ${compared} values were compared`);
    },
  );
}

testWithSharedDevices(
  "normalise(): unread registers of an inverter in two variants and of a battery give one record of nulls each",
  async (all) => {
    const device = findDevice(all, "kostal-plenticore85-chain");
    const drafts = normalise(context("k"), await decodeDump(device));
    const [inverter, battery, ...more] = drafts;
    deepStrictEqual(more, []);
    strictEqual(inverter?.source.quality, "partial");
    strictEqual(inverter.fields["ac_power_w"], null);
    ok(inverter.source.flags.includes("ac_power_w:register-unread"));
    strictEqual(battery?.type, "NormalizedStorageData");
    ok(battery.source.flags.includes("soc_pct:register-unread"));
  },
);

/** Compares the record with the oracle's values. Returns the number of compared values that are not null. */
function compare({ expected }: SharedDevice, fields: Fields): number {
  let compared = 0;
  for (const { id, points } of expected.models) {
    if (!NORMALISED_MODELS.has(id)) continue;
    for (const point of points ?? []) {
      const field = fieldAt(fields, point.path);
      if (field === undefined || !isComparable(point)) continue;
      strictEqual(field, point.value, `${id}.${point.path}`);
      if (point.value !== null) compared++;
    }
  }
  return compared;
}

/** The oracle reports an accumulator of 0 as null, and a value without its scale factor as unscaled. */
function isComparable({ type, value, sfRef, sf }: ExpectedPoint): boolean {
  if (value === null) return !type.startsWith("acc");
  return sfRef === undefined || (sf !== null && sf !== undefined);
}

function fieldAt(fields: Fields, path: string): unknown {
  const [, group, index, point] = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(path) ?? [];
  if (index === undefined) return read(fields, POINTS[path]);
  const [name, field] = LISTED[`${group}.${point}`] ?? [];
  const list = read(fields, name);
  return Array.isArray(list) ? read(list[Number(index)], field) : undefined;
}

function read(fields: Fields, name: string | undefined): unknown {
  return name === undefined ? undefined : fields[name];
}

function findDevice(devices: readonly SharedDevice[], name: string): SharedDevice {
  const device = devices.find((one) => one.name === name);
  ok(device, `../shared/devices/${name}.json is missing`);
  return device;
}

async function decodeDump({ dump }: SharedDevice): Promise<DecodedModel[]> {
  return await Promise.all(
    dump.models.filter(({ id }) => NORMALISED_MODELS.has(id)).map(
      async ({ id, addr, len }) => {
        const definition = await loadDefinition(id);
        ok(definition);
        const from = addr - dump.base;
        const registers = dump.registers.slice(from, from + len + 2);
        return decodeModel(definition, { id, address: addr, length: len }, registers);
      },
    ),
  );
}

function context(deviceId: string): Parameters<typeof normalise>[0] {
  return {
    gateway: "gw",
    site: null,
    deviceId,
    unitId: 1,
    identity: UNKNOWN_IDENTITY,
    slotsMissed: 0,
    intervalMs: 1_000,
    sampledAtMs: 0,
    readDurationMs: 0,
    clockSynced: null,
  };
}

function position(): Parameters<ReturnType<typeof createCodec>["encode"]>[1] {
  return { epoch: 1, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };
}
