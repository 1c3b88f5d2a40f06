// deno-lint-ignore-file camelcase
import { deepStrictEqual } from "node:assert/strict";
import type { DeviceConfig } from "../../config/schema/schema.ts";
import { toConfiguredDevices } from "./device_settings.ts";

const TABLE: DeviceConfig = {
  id: "inv",
  host: "10.0.0.5",
  port: 502,
  unit_ids: [1, 2],
  interval_ms: 10_000,
  asleep_interval_ms: 60_000,
  prefer: "integer",
  publish: ["normalized", "models"],
  timeout_ms: 3_000,
  connect_timeout_ms: 2_000,
  base: 0,
  function_code: null,
  registers_per_read_max: null,
  reads_across_models: null,
  gap_ms: 50,
  connect_gap_ms: null,
  echoes_transaction_id: null,
  units_share_serial: null,
  word_order: null,
  signed_accumulators: null,
};

Deno.test("toConfiguredDevices() separates polling, quirks and records, per unit", () => {
  const { roster, recordSettings } = toConfiguredDevices([TABLE]);
  deepStrictEqual(roster.problems, []);
  deepStrictEqual(roster.entries[1], {
    key: "10.0.0.5:502/2",
    deviceId: "inv-2",
    host: "10.0.0.5",
    port: 502,
    unitId: 2,
    intervalMs: 10_000,
    asleepIntervalMs: 60_000,
    addressInId: false,
    allModels: true,
    timeoutMs: 3_000,
    connectTimeoutMs: 2_000,
    quirks: { base: 0, gapMs: 50 },
  });
  const records = { prefer: "integer", publish: ["normalized", "models"] };
  deepStrictEqual([...recordSettings], [
    ["10.0.0.5:502/1", records],
    ["10.0.0.5:502/2", records],
  ]);
});
