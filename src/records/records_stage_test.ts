import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { MODEL_1 } from "../../models/model_1.ts";
import { MODEL_103 } from "../../models/model_103.ts";
import type { Sample } from "../poller/sample.ts";
import { inverterImage } from "../testing/devices/fake_plant.ts";
import { UNKNOWN_IDENTITY } from "../sunspec/identity.ts";
import { createRegisterImage, planPoll } from "../sunspec/plan/poll_plan.ts";
import { PROTOCOL_LIMITS } from "../sunspec/plan/read_plan.ts";
import type { RecordSettings } from "./record_builder.ts";
import { createRecordsStage, type RecordsStage } from "./records_stage.ts";

const BASE = 40_000;
/** WH of model 103, from the marker. */
const WH = 70 + 24;

const PLAN = planPoll(
  [
    { at: { id: 1, address: BASE + 2, length: 66 }, definition: MODEL_1 },
    { at: { id: 103, address: BASE + 70, length: 50 }, definition: MODEL_103 },
  ],
  BASE,
  PROTOCOL_LIMITS,
);

/** A sample of an inverter with the energy counter at `energyWh`. */
function sampleOf(energyWh: number, monotonicMs: number): Sample {
  const registers = Uint16Array.from(inverterImage().registers);
  registers.set([energyWh >> 16, energyWh & 0xffff, 0], WH);
  const image = createRegisterImage();
  for (const read of PLAN.reads) {
    const start = read.address - BASE;
    image.put(read, registers.slice(start, start + read.count));
  }
  const identity = { ...UNKNOWN_IDENTITY, serial: "7" };
  return {
    key: "a:502/1",
    deviceId: "inv",
    unitId: 1,
    identity,
    parts: {
      segments: [{ address: 0, number: 1, identity }],
      subDevices: new Set(),
      instances: 0,
    },
    plan: PLAN,
    image,
    intervalMs: 10_000,
    slot: 1,
    slotsMissed: 2,
    sampledAtMs: 1_700_000_000_000,
    readDurationMs: 40,
    monotonicMs,
  };
}

function createStage(settings?: RecordSettings): RecordsStage {
  return createRecordsStage({
    gateway: "gw",
    site: "plant",
    clockSynced: () => true,
    settings: new Map(settings === undefined ? [] : [["a:502/1", settings]]),
  });
}

Deno.test("process() decodes a sample and takes the source of its records from it", () => {
  const { drafts, models } = createStage().process(sampleOf(5_000, 0));
  deepStrictEqual(models.map(({ id }) => id), [1, 103]);
  deepStrictEqual(drafts.map(({ type }) => type), ["NormalizedInverterData"]);
  const { source, fields } = drafts[0] ?? {};
  strictEqual(fields?.["ac_energy_wh"], 5_000);
  deepStrictEqual(
    [source?.gateway, source?.site, source?.device_id, source?.serial],
    ["gw", "plant", "inv", "7"],
  );
  deepStrictEqual(
    [source?.slots_missed, source?.interval_ms, source?.clock_synced],
    [2, 10_000, true],
  );
});

Deno.test("process() keeps the counters of a device from sample to sample", () => {
  const stage = createStage();
  stage.process(sampleOf(5_000, 0));
  const { drafts } = stage.process(sampleOf(12, 10_000));
  ok(drafts[0]?.source.flags.includes("ac_energy_wh:counter-back"));
});

Deno.test("update() changes what is published and reports the keys that changed", () => {
  const stage = createStage();
  stage.process(sampleOf(5_000, 0));
  const both: RecordSettings = { prefer: "float", publish: ["normalized", "models"] };
  deepStrictEqual([...stage.update(new Map([["a:502/1", both]]))], ["a:502/1"]);
  deepStrictEqual([...stage.update(new Map([["a:502/1", both]]))], []);
  const reordered = Object.fromEntries(Object.entries(both).reverse()) as typeof both;
  deepStrictEqual([...stage.update(new Map([["a:502/1", reordered]]))], []);
  const { drafts } = stage.process(sampleOf(12, 10_000));
  deepStrictEqual(drafts.map(({ type }) => type), [
    "NormalizedInverterData",
    "SunSpecModel1",
    "SunSpecModel103",
  ]);
  // Until here the counter history was kept; a change of the preferred variant resets it.
  ok(drafts[0]?.source.flags.includes("ac_energy_wh:counter-back"));
  stage.update(new Map([["a:502/1", { ...both, prefer: "integer" }]]));
  const [first] = stage.process(sampleOf(12, 20_000)).drafts;
  ok(!first?.source.flags.includes("ac_energy_wh:counter-back"));
});
