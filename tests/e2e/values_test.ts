// deno-lint-ignore-file camelcase
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { TOPICS } from "../../src/testing/agent/agent_config.ts";
import { withBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka, type DecodedRecord } from "../../src/testing/stream_check.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";

/** Computed by hand from the registers of src/testing/devices/devices.ts and docs/contracts.md. */
const INVERTER_RECORD = {
  gateway: "gw-1",
  site: "plant-1",
  device_id: "inv-01",
  unit_id: 3,
  manufacturer: "Example Works",
  model: "EX-10K",
  serial: "0042-17",
  firmware: "1.2.3",
  interval_ms: 500,
  quality: "partial",
  flags: ["strings[1].dc_energy_wh:counter-zero"],
  sunspec_model_id: 103,
  ac_current_a: 38.12,
  phase_a_current_a: 12.71,
  phase_b_current_a: 12.7,
  phase_c_current_a: 12.71,
  phase_ab_voltage_v: null,
  phase_bc_voltage_v: null,
  phase_ca_voltage_v: null,
  phase_an_voltage_v: 230.1,
  phase_bn_voltage_v: 229.8,
  phase_cn_voltage_v: 230.4,
  ac_power_w: 8790,
  frequency_hz: 50.02,
  ac_apparent_power_va: 8800,
  ac_reactive_power_var: -120,
  power_factor_pct: -99.9,
  ac_energy_wh: 123_456_789,
  dc_current_a: null,
  dc_voltage_v: 612.3,
  dc_power_w: 9010,
  cabinet_temp_c: null,
  heat_sink_temp_c: 41.5,
  transformer_temp_c: null,
  other_temp_c: null,
  state: "MPPT",
  state_code: 4,
  vendor_state_code: null,
  events: [],
  events_2: null,
  vendor_events_1: ["bit_1", "bit_16"],
  vendor_events_2: null,
  vendor_events_3: null,
  vendor_events_4: null,
  power_factor: null,
  dc_injected_energy_wh: null,
  dc_absorbed_energy_wh: null,
  der: null,
  nameplate: null,
  settings: null,
  extended_status: null,
  strings_model_id: 160,
  strings_events: [],
  strings: [
    {
      id: 1,
      name: "East",
      dc_current_a: 7.35,
      dc_voltage_v: 612.3,
      dc_power_w: 4500,
      dc_energy_wh: 61_728_394,
      temp_c: 30,
      state: "MPPT",
      state_code: 4,
      events: [],
      port_type: null,
      port_type_code: null,
      dc_absorbed_energy_wh: null,
    },
    {
      id: 2,
      name: "West",
      dc_current_a: 7.37,
      dc_voltage_v: 611.9,
      dc_power_w: null,
      dc_energy_wh: null, // 0 at start: not believed beside the other input
      temp_c: -5,
      state: "MPPT",
      state_code: 4,
      events: [],
      port_type: null,
      port_type_code: null,
      dc_absorbed_energy_wh: null,
    },
  ],
};

/** The fields that are not null. */
const METER_RECORD = {
  gateway: "gw-1",
  site: "plant-1",
  device_id: "met-01",
  unit_id: 200,
  manufacturer: "Example Works",
  model: "EM-3",
  serial: "M7",
  firmware: "0.9",
  interval_ms: 500,
  quality: "partial",
  flags: ["exported_energy_wh:counter-unproven"],
  sunspec_model_id: 203,
  ac_current_a: 30.5,
  phase_a_current_a: 10.1,
  phase_b_current_a: 10.2,
  phase_c_current_a: 10.2,
  line_neutral_voltage_v: 230,
  phase_an_voltage_v: 229,
  phase_bn_voltage_v: 230,
  phase_cn_voltage_v: 231,
  line_line_voltage_v: 399,
  phase_ab_voltage_v: 398,
  phase_bc_voltage_v: 399,
  phase_ca_voltage_v: 400,
  frequency_hz: 49.98,
  ac_power_w: -7000,
  phase_a_power_w: -2300,
  phase_b_power_w: -2300,
  phase_c_power_w: -2400,
  ac_apparent_power_va: 7100,
  power_factor_pct: 0.99,
  phase_a_exported_energy_wh: 0,
  phase_b_exported_energy_wh: 0,
  phase_c_exported_energy_wh: 0,
  imported_energy_wh: 10_000,
  phase_a_imported_energy_wh: 0,
  phase_b_imported_energy_wh: 0,
  phase_c_imported_energy_wh: 0,
  events: ["POWER_FAILURE"],
};

/** Fields that differ from poll to poll. */
const VOLATILE: ReadonlySet<string> = new Set([
  "epoch",
  "seq",
  "prev_epoch",
  "prev_seq",
  "slots_missed",
  "sampled_at",
  "read_duration_ms",
  "clock_synced",
]);

Deno.test("agent: an independent consumer decodes from Kafka what the devices serve", () =>
  withTempFolder((folder) =>
    withBroker(async (broker) => {
      const server = await startLiteralServer(folder);
      const topics = Object.values(TOPICS);
      for (const topic of topics) await broker.createTopic(topic);
      const beganMs = Date.now();
      {
        await using agent = await startAgentProcess({
          folder,
          config: {
            uplink: { kind: "kafka", brokers: [broker.bootstrap] },
            devices: literalDevices(server.port, { ["interval_ms"]: 500 }),
          },
        });
        await agent.until("device.online", ({ device }) => device === "inv-01");
        await agent.until("device.online", ({ device }) => device === "met-01");
        await untilTrue("ten records there", async () => {
          const { records } = await checkKafka(broker.bootstrap, { topics });
          return records >= 10;
        });
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
        strictEqual(agent.noise, "");
      }
      strictEqual(await server.close(), "", "something was written to a device");

      const { faults, duplicates, decoded } = await checkKafka(broker.bootstrap, {
        topics,
      });
      deepStrictEqual(faults, []);
      strictEqual(duplicates, 0);
      const inverters = decoded.filter(({ type }) => type === "NormalizedInverterData");
      const meters = decoded.filter(({ type }) => type === "NormalizedMeterData");
      ok(inverters.length >= 3 && meters.length >= 3);
      for (const one of inverters) deepStrictEqual(lasting(one), INVERTER_RECORD);
      for (const one of meters) deepStrictEqual(present(lasting(one)), METER_RECORD);
      for (const { record } of [...inverters, ...meters]) {
        const at = Number(record["sampled_at"]);
        ok(at >= beganMs && at <= Date.now(), `sampled at ${at}`);
        ok(Number(record["read_duration_ms"]) < 5_000);
      }
      const online = decoded.find(({ record }) => record["event"] === "device_state");
      deepStrictEqual(online?.record["device_state"], {
        state: "online",
        previous_state: null,
        reason: null,
      });
    })
  ));

function lasting({ record }: DecodedRecord): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => !VOLATILE.has(name)),
  );
}

function present(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null),
  );
}
