import { deepStrictEqual } from "node:assert/strict";
import { type DeviceSettings, toRoster } from "./roster.ts";
import { compareRosters } from "./roster_change.ts";

const DEVICE: DeviceSettings = {
  host: "Inverter.lan",
  port: 502,
  unitIds: [1],
  intervalMs: 10_000,
  timeoutMs: 3_000,
  connectTimeoutMs: 2_000,
};

Deno.test("toRoster() uses the id for one unit, and id and unit for several", () => {
  const { entries } = toRoster([
    { ...DEVICE, id: "a" },
    { ...DEVICE, id: "b", host: "fe80::1", unitIds: [3, 4] },
    { ...DEVICE, unitIds: [9] },
  ]);
  deepStrictEqual(entries.map((entry) => [entry.key, entry.deviceId]), [
    ["inverter.lan:502/1", "a"],
    ["[fe80::1]:502/3", "b-3"],
    ["[fe80::1]:502/4", "b-4"],
    ["inverter.lan:502/9", null],
  ]);
});

Deno.test("toRoster() rejects a unit or an id that is configured twice", () => {
  const { entries, problems } = toRoster([
    { ...DEVICE, id: "a-1" },
    { ...DEVICE, id: "x", host: "INVERTER.LAN" },
    { ...DEVICE, id: "a", host: "other", unitIds: [1, 2] },
  ]);
  deepStrictEqual(entries.map((entry) => entry.deviceId), ["a-1", "a-2"]);
  deepStrictEqual(problems, [
    "inverter.lan:502/1 is configured twice; the second entry is ignored",
    "other:502/1 has the same id as inverter.lan:502/1: a-1; it is not polled",
  ]);
});

Deno.test("compareRosters() ignores the order of keys", () => {
  const settings = { ...DEVICE, quirks: { gapMs: 20, functionCode: 4 as const } };
  const reversed = Object.fromEntries(
    Object.entries({
      ...DEVICE,
      quirks: { functionCode: 4 as const, gapMs: 20 },
    }).reverse(),
  ) as unknown as DeviceSettings;
  const nothing = { removed: [], changed: [], added: [] };
  deepStrictEqual(
    compareRosters(toRoster([settings]).entries, toRoster([reversed]).entries),
    nothing,
  );
  const [key = ""] = toRoster([settings]).entries.map((entry) => entry.key);
  deepStrictEqual(
    compareRosters(
      toRoster([settings]).entries,
      toRoster([{ ...settings, intervalMs: 5_000 }]).entries,
    ),
    { ...nothing, changed: [key] },
  );
});
