/**
 * Devices that deviate from the specification, each in one way, as literal registers.
 * The agent uses what is valid, flags the deviation in the record and logs it once.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createFakePlant, type FakeUnit } from "../testing/devices/fake_plant.ts";
import type { Draft } from "../records/record.ts";
import {
  DEFAULT_RECORD_SETTINGS,
  type RecordSettings,
} from "../records/record_builder.ts";
import type { DeviceSettings } from "./roster/roster.ts";

const SUNS = [0x5375, 0x6e53];
const END = [0xffff, 0];

/** Model 1 with 66 registers, or with 65 if `padded` is false. */
function common(maker: string, serial: string, padded = true): number[] {
  return [
    ...[1, padded ? 66 : 65],
    ...text(maker, 16),
    ...text("X1", 16),
    ...text("", 8),
    ...text("1.0", 8),
    ...text(serial, 16),
    ...(padded ? [1, 0x8000] : [1]),
  ];
}

/** A text, or its bytes, in `size` registers. */
function text(value: string | readonly number[], size: number): number[] {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return Array.from({ length: size }, (_, at) => {
    return ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0);
  });
}

/** The points of model 103 that a test sets; all others are not implemented. */
interface Inverter {
  readonly power?: number;
  readonly powerScale?: number;
  readonly energy?: readonly [number, number];
  readonly events?: readonly [number, number];
  readonly state?: number;
  readonly length?: number;
}

/** "Not implemented" of the unsigned types, and of int16 and scale factors. */
const NO = 0xffff;
const NI = 0x8000;

/** Model 103. If its length is longer than defined, the further registers are 7. */
function inverter(set: Inverter = {}): number[] {
  const { power = 879, powerScale = 1, energy = [0x075b, 0xcd15], state = 4 } = set;
  const { events = [0, 0], length = 50 } = set;
  // deno-fmt-ignore
  const registers = [
    103, length,
    NO, NO, NO, NO, NI, // A AphA AphB AphC A_SF
    NO, NO, NO, NO, NO, NO, NI, // PPVphAB to PhVphC V_SF
    power, powerScale & 0xffff, // W W_SF
    NO, NI, NI, NI, NI, NI, NI, NI, // Hz VA VAr PF, each with its SF
    ...energy, 0, // WH WH_SF
    NO, NI, NO, NI, NI, NI, // DCA DCV DCW, each with its SF
    NI, NI, NI, NI, NI, // TmpCab TmpSnk TmpTrns TmpOt Tmp_SF
    state, NO, // St StVnd
    ...events, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, // Evt1 Evt2 EvtVnd1 to 4
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  ];
  return registers.slice(0, 2 + length);
}

/** Model 203 with only a power of 4,000 W (400, W_SF 1 at 18 and 22). */
function meter(): number[] {
  const registers: number[] = new Array(107).fill(NI);
  registers.splice(0, 2, 203, 105);
  registers.splice(18, 5, 400, NI, NI, NI, 1);
  registers.fill(0, 38, 54).fill(0, 55, 71).fill(0, 72, 104).fill(0, 105); // counters, Evt
  return registers;
}

const OWN = common("Acme", "SN1");

/** The result of polling a device. */
interface Seen {
  readonly drafts: readonly Draft[];
  readonly last: Draft | undefined;
  /** The logged events with their oddity or reason, without discovery and state. */
  readonly logged: readonly (readonly [name: string, detail: unknown])[];
}

/** Polls a device once per second for 10 s; `change` may change it before each second. */
async function poll(
  registers: readonly number[],
  more: Partial<DeviceSettings> = {},
  change: (unit: FakeUnit, second: number) => void = () => {},
  settings: RecordSettings = DEFAULT_RECORD_SETTINGS,
): Promise<Seen> {
  const plant = await createFakePlant();
  plant.settings = new Map([["a:502/1", settings]]);
  const unit = plant.add("a", 1, image(registers));
  const supervisor = plant.start([{ id: "dev", ...more }]);
  for (let second = 0; second < 10; second++) {
    change(unit, second);
    await plant.play(1_000);
  }
  await supervisor.stop();
  strictEqual(supervisor.devices[0]?.state, "online");
  return {
    drafts: plant.drafts,
    last: plant.drafts.at(-1),
    logged: plant.log.events
      .filter(({ name }) => !["device.discovered", "device.online"].includes(name))
      .map(({ name, fields }) => [name, fields["oddity"] ?? fields["reason"]]),
  };
}

function image(registers: readonly number[]): FakeUnit["image"] {
  return { base: 40_000, registers: Uint16Array.from(registers) };
}

/** Fields, flags and quality of a record. */
function of(draft: Draft | undefined, ...fields: readonly string[]): unknown[] {
  return [
    ...fields.map((field) => draft?.fields[field]),
    draft?.source.flags,
    draft?.source.quality,
  ];
}

Deno.test("a model 1 of 65 registers is not a deviation", async () => {
  const registers = [...SUNS, ...common("Acme", "SN1", false), ...inverter(), ...END];
  const { last, logged } = await poll(registers);
  deepStrictEqual(of(last, "ac_power_w"), [8_790, [], "good"]);
  strictEqual(last?.source.serial, "SN1");
  deepStrictEqual(logged, []);
});

Deno.test("a model that is shorter than its definition gives the points within its length", async () => {
  const registers = [...SUNS, ...OWN, ...inverter({ length: 38 }), ...END];
  const { last, logged } = await poll(registers);
  deepStrictEqual(of(last, "ac_power_w", "state_code", "events"), [
    8_790,
    4,
    null,
    [
      "events:length-short",
      "events_2:length-short",
      "model_103.L:length-short",
      ...[1, 2, 3, 4].map((nth) => `vendor_events_${nth}:length-short`),
    ],
    "partial",
  ]);
  deepStrictEqual(logged, [["device.flagged", "length-short"]]);
});

Deno.test("a model that is longer than its definition gives all points, and the next model is found", async () => {
  const registers = [...SUNS, ...OWN, ...inverter({ length: 60 }), ...meter(), ...END];
  const { last, drafts, logged } = await poll(registers);
  deepStrictEqual(of(drafts[0], "ac_power_w"), [
    8_790,
    ["model_103.L:length-long"],
    "good",
  ]);
  deepStrictEqual(of(last, "ac_power_w"), [4_000, [], "good"]);
  deepStrictEqual(logged, [["device.flagged", "length-long"]]);
});

Deno.test("a model that is much longer than its definition is suspect", async () => {
  const station = [308, 14, ...[900, 310, 250, 2, 123, 0, 0, 0, 0, 0, 0, 0, 0, 0]];
  const { last } = await poll([...SUNS, ...OWN, ...station, ...END]);
  deepStrictEqual(of(last), [["model_308.L:length-mismatch"], "suspect"]);
});

Deno.test("a combiner with 13 registers per string instead of 14 gives its fixed part", async () => {
  // N 2, DCA 61.2 (612, DCA_SF -1), DCV 500 (DCV_SF 0); 2 strings of 13 registers.
  const fixed = [402, 20 + 26, 0xffff, 0, 0, 0, 0, 100, 2, 0, 0, 0, 0, 612, 0, 5];
  const combiner = [...fixed, 500, 20, 0, 0, 0, 9, ...new Array(26).fill(7)];
  const registers = [...SUNS, ...OWN, ...combiner, ...inverter(), ...END];
  const { drafts, last, logged } = await poll(registers);
  const record = drafts.findLast(({ type }) => type === "NormalizedCombinerData");
  ok(record, "there is no record of the combiner");
  deepStrictEqual(of(record, "dc_current_a", "dc_voltage_v").slice(0, 2), [61.2, 500]);
  deepStrictEqual(record.source.flags, [
    "model_402.L:length-partial-group",
    "model_402.N:count-differs",
  ]);
  ok(last);
  deepStrictEqual(logged.map(([, what]) => what).sort(), [
    "count-differs",
    "length-partial-group",
  ]);
});

Deno.test("the number of MPPT inputs follows from L, not from N", async () => {
  const input = (name: string): number[] => {
    return [1, ...text(name, 8), 735, 612, 4_500, 0, 9, 0xffff, 0xffff, 30, 4, 0, 0];
  };
  const inputs = [160, 48, 0, 0, 0, 0, 0, 0, 5, 0xffff, ...input("E"), ...input("W")];
  const registers = [...SUNS, ...OWN, ...inverter(), ...inputs, ...END];
  const { last, logged } = await poll(registers);
  const strings = last?.fields["strings"];
  ok(Array.isArray(strings));
  deepStrictEqual(strings.map(({ name }) => name), ["E", "W"]);
  deepStrictEqual(of(last), [["model_160.N:count-differs"], "suspect"]);
  deepStrictEqual(logged, [["device.flagged", "count-differs"]]);
});

Deno.test("a chain without an end model ends with an exception, or with id 0", async () => {
  const chain = [...SUNS, ...OWN, ...inverter()];
  const refused = await poll(chain);
  deepStrictEqual(of(refused.last, "ac_power_w"), [8_790, [], "good"]);
  deepStrictEqual(refused.logged, [[
    "device.oddity",
    "chain ends at 40122 with an exception, without an end model",
  ]]);
  const zero = await poll([...chain, 0, 0, 0, 0]);
  deepStrictEqual(of(zero.last, "ac_power_w"), [8_790, [], "good"]);
  deepStrictEqual(zero.logged, [[
    "device.oddity",
    "chain ends at 40122 with model id 0, without an end model",
  ]]);
});

Deno.test("a chain with an impossible length gives the models before it", async () => {
  const registers = [...SUNS, ...OWN, ...inverter(), 201, 60_000, 1, 2];
  const { last, logged } = await poll(registers);
  deepStrictEqual(of(last, "ac_power_w"), [8_790, [], "good"]);
  strictEqual(logged.length, 1);
  ok(String(logged[0]?.[1]).includes("it exceeds a limit"), String(logged[0]?.[1]));
});

Deno.test("a second model 1 begins a sub-device", async () => {
  const chain = [...OWN, ...inverter(), ...common("Meters", "M7"), ...meter()];
  const { drafts, logged } = await poll([...SUNS, ...chain, ...END]);
  const [first, second] = drafts.slice(-2);
  deepStrictEqual(
    [first, second].map((draft) => [
      draft?.type,
      draft?.source.device_id,
      draft?.source.serial,
    ]),
    [["NormalizedInverterData", "dev", "SN1"], ["NormalizedMeterData", "dev.2", "M7"]],
  );
  deepStrictEqual(logged, []);
});

Deno.test("an inverter with an integer and a float model gives one record, of the configured variant", async () => {
  // Model 113: W is a float at 22; 8791.5 is 0x46095e00.
  const floats = new Array(62).fill(0x7fc0).fill(NO, 48);
  floats.splice(0, 2, 113, 60);
  floats.splice(22, 2, 0x4609, 0x5e00);
  const registers = [...SUNS, ...OWN, ...inverter(), ...floats, ...END];
  const byFloat = await poll(registers);
  strictEqual(byFloat.drafts.length, 10);
  strictEqual(byFloat.last?.fields["ac_power_w"], 8_791.5);
  const byInteger = await poll(registers, {}, () => {}, {
    ...DEFAULT_RECORD_SETTINGS,
    prefer: "integer",
  });
  strictEqual(byInteger.drafts.length, 10);
  strictEqual(byInteger.last?.fields["ac_power_w"], 8_790);
});

Deno.test("a scale factor that changes between polls does not change a value", async () => {
  const by = (power: number, powerScale: number): number[] => {
    return [...SUNS, ...OWN, ...inverter({ power, powerScale }), ...END];
  };
  const { drafts, logged } = await poll(by(879, 1), {}, (unit, second) => {
    unit.image = image(second % 2 === 0 ? by(879, 1) : by(8_790, 0));
  });
  deepStrictEqual(
    drafts.map(({ fields }) => fields["ac_power_w"]),
    new Array(10).fill(8_790),
  );
  deepStrictEqual(logged, []);
});

Deno.test("a scale factor that is not implemented or out of range gives null and a flag, never a raw number", async () => {
  for (
    const [powerScale, reason] of [
      [0x8000, "scale-absent"],
      [11, "scale-out-of-range"],
      [-11, "scale-out-of-range"],
    ] as const
  ) {
    const registers = [...SUNS, ...OWN, ...inverter({ powerScale }), ...END];
    const { last, logged } = await poll(registers);
    const flags = [`ac_power_w:${reason}`];
    deepStrictEqual(of(last, "ac_power_w"), [null, flags, "partial"], `${powerScale}`);
    deepStrictEqual(logged, [["device.flagged", reason]]);
  }
});

Deno.test("a bitfield with its top bit set gives null and a flag", async () => {
  const registers = [...SUNS, ...OWN, ...inverter({ events: [0x8000, 2] }), ...END];
  const { last, logged } = await poll(registers);
  deepStrictEqual(of(last, "events"), [null, ["events:bitfield-invalid"], "partial"]);
  deepStrictEqual(logged, [["device.flagged", "bitfield-invalid"]]);
});

Deno.test("a counter that reads 0 at wake-up gives null instead of 0, and is logged once", async () => {
  const by = (energy: readonly [number, number]): FakeUnit["image"] => {
    return image([...SUNS, ...OWN, ...inverter({ energy }), ...END]);
  };
  const { drafts, logged } = await poll([...SUNS], {}, (unit, second) => {
    const isZero = second === 3 || second === 4 || second === 7;
    unit.image = by(isZero ? [0, 0] : [0x075b, 0xcd15 + second]);
  });
  const energies = drafts.map(({ fields }) => fields["ac_energy_wh"]);
  const at = (second: number): number => 123_456_789 + second;
  deepStrictEqual(energies, [
    ...[0, 1, 2].map(at),
    ...[null, null],
    ...[5, 6].map(at),
    null,
    ...[8, 9].map(at),
  ]);
  deepStrictEqual(of(drafts[3]), [["ac_energy_wh:counter-zero"], "partial"]);
  deepStrictEqual(logged, [["device.flagged", "counter-zero"]]);
});

Deno.test("a model of nothing but ones or zeros gives nulls and a flag that names it", async () => {
  for (
    const [value, reason] of [
      [0xffff, "frame-all-ones"],
      [0, "frame-all-zeros"],
    ] as const
  ) {
    const broken = [103, 50, ...new Array<number>(50).fill(value)];
    const by = (own: readonly number[]): FakeUnit["image"] =>
      image([...SUNS, ...OWN, ...own, ...END]);
    const { drafts, logged } = await poll([...SUNS], {}, (unit, second) => {
      unit.image = by(second === 5 || second === 6 ? broken : inverter());
    });
    strictEqual(drafts.length, 10);
    for (const at of [5, 6]) {
      const fields = Object.entries(drafts[at]?.fields ?? {});
      deepStrictEqual(
        fields.filter(([, found]) => found !== null),
        [["sunspec_model_id", 103]],
      );
      deepStrictEqual(of(drafts[at]), [[`model_103:${reason}`], "partial"]);
    }
    for (const at of [4, 7]) {
      deepStrictEqual(of(drafts[at], "ac_power_w"), [8_790, [], "good"]);
    }
    deepStrictEqual(logged, [["device.flagged", reason]]);
  }
});

Deno.test("a grid outage is good: no voltage, no frequency, no power, and the counters intact", async () => {
  const by = (isOut: boolean): FakeUnit["image"] => {
    const registers: number[] = new Array(107).fill(0);
    registers.splice(0, 2, 203, 105);
    registers.splice(8, 1, isOut ? 0 : 230); // PhVphA, V_SF 0
    registers.splice(16, 1, isOut ? 0 : 50); // Hz, Hz_SF 0
    registers.splice(18, 1, isOut ? 0 : 400); // W, W_SF 0
    registers.splice(38, 2, 0, 0xcd15); // TotWhExp
    registers.splice(46, 2, 0x075b, 0xcd15); // TotWhImp
    return image([...SUNS, ...OWN, ...registers, ...END]);
  };
  const { drafts } = await poll([...SUNS], {}, (unit, second) => {
    unit.image = by(second >= 5);
  });
  const fields = ["phase_an_voltage_v", "frequency_hz", "ac_power_w"];
  deepStrictEqual(of(drafts[4], ...fields).slice(0, 3), [230, 50, 400]);
  deepStrictEqual(of(drafts[5], ...fields, "imported_energy_wh").slice(0, 4), [
    ...[0, 0, 0],
    123_456_789,
  ]);
});

Deno.test("a device with swapped words is read with word_order, and suspect without", async () => {
  // Model 113: W 8791.5 (0x46095e00) at 22, Hz 50.0 (0x42480000) at 24; words swapped.
  const floats: number[] = new Array(62).fill(0).fill(NO, 48);
  for (let at = 2; at < 48; at += 2) floats.splice(at, 2, 0, 0x7fc0);
  floats.splice(0, 2, 113, 60);
  floats.splice(22, 4, 0x5e00, 0x4609, 0x0000, 0x4248);
  const registers = [...SUNS, ...OWN, ...floats, ...END];
  const swapped = await poll(registers);
  deepStrictEqual(of(swapped.last).at(-1), "suspect");
  ok(swapped.last?.source.flags.includes("frequency_hz:float-tiny"));
  const known = await poll(registers, { quirks: { wordOrder: "little" } });
  deepStrictEqual(of(known.last, "ac_power_w", "frequency_hz"), [
    8_791.5,
    50,
    [],
    "good",
  ]);
});

Deno.test("a KOSTAL Smart Energy Meter is read with signed counters", async () => {
  const own = common("KOSTAL", "7");
  own.splice(18, 16, ...text("KSEM", 16)); // Md
  const registers = [...SUNS, ...own, ...meter()];
  const at = SUNS.length + own.length;
  registers.splice(at + 38, 2, 0xffb6, 0xd9fd); // TotWhExp: -4,793,859
  registers.splice(at + 46, 2, 0x002e, 0x108f); // TotWhImp
  registers.splice(at + 72, 2, 0x8000, 0); // TotVArhImpQ1
  registers[at + 54] = 0; // TotWh_SF
  registers[at + 104] = 0; // TotVArh_SF
  const { last, logged } = await poll([...registers, ...END]);
  deepStrictEqual(
    of(
      last,
      "exported_energy_wh",
      "imported_energy_wh",
      "imported_reactive_energy_q1_varh",
    ),
    [4_793_859, 3_018_895, null, [], "good"],
  );
  deepStrictEqual(logged.map(([name]) => name), ["device.quirks"]);
});

Deno.test("a power beyond the nameplate is forwarded as suspect", async () => {
  // Model 120: DERTyp 4, WRtg 10,000, WRtg_SF 0; all else not implemented.
  // deno-fmt-ignore
  const plate = [
    120, 26, 4, 10_000, 0,
    NO, NI, NI, NI, NI, NI, NI, NO, NI, NI, NI, NI, NI, NI, // VARtg to PFRtg_SF
    NO, NI, NO, NI, NO, NI, NO, NI, NI, // WHRtg to Pad
  ];
  const by = (power: number): FakeUnit["image"] => {
    return image([...SUNS, ...OWN, ...inverter({ power }), ...plate, ...END]);
  };
  const { drafts, logged } = await poll([...SUNS], {}, (unit, second) => {
    unit.image = by(second === 5 ? 3_000 : 900);
  });
  deepStrictEqual(drafts.map(({ source }) => source.quality), [
    ...new Array(5).fill("good"),
    "suspect",
    ...new Array(4).fill("good"),
  ]);
  deepStrictEqual(of(drafts[5], "ac_power_w").slice(0, 2), [
    30_000,
    ["ac_power_w:beyond-rating"],
  ]);
  deepStrictEqual(logged, [["device.flagged", "beyond-rating"]]);
});

Deno.test("the nameplate may be model 702", async () => {
  // Model 702: WMaxRtg 10,000, W_SF 0 at 45; all else not implemented.
  const plate: number[] = new Array(52).fill(NI);
  plate.splice(0, 3, 702, 50, 10_000);
  plate[45] = 0;
  const { drafts } = await poll([
    ...[...SUNS, ...OWN, ...inverter({ power: 3_000 })],
    ...[...plate, ...END],
  ]);
  deepStrictEqual(of(drafts[5], "ac_power_w").slice(0, 2), [
    30_000,
    ["ac_power_w:beyond-rating"],
  ]);
});

Deno.test("texts with NUL, spaces and invalid UTF-8 are decoded as far as possible", async () => {
  const own = [...OWN];
  own.splice(2, 16, ...text("  Acme \0junk", 16)); // Mn
  own.splice(50, 16, ...text([0x53, 0xff, 0x31, 0, 0x41], 16)); // SN: S, invalid UTF-8, 1
  const { last, logged } = await poll([...SUNS, ...own, ...inverter(), ...END]);
  strictEqual(last?.source.manufacturer, "Acme");
  strictEqual(last?.source.serial, "S\ufffd1");
  deepStrictEqual(of(last, "ac_power_w"), [8_790, [], "good"]);
  deepStrictEqual(logged, []);
});
