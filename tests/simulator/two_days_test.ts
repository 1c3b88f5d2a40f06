/**
 * Two days of a plant in virtual time, with a complete agent over real TCP: records,
 * events and log for nights, mornings, clouds, a firmware update and a replaced
 * inverter. The rules are those that a consumer relies on (docs/contracts.md), not
 * those of the implementation.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CLOUD_LAG_MS } from "../../src/simulator/plant/plant.ts";
import { DAY_MS, HOUR_MS } from "../../src/simulator/plant/sun.ts";
import {
  ABSENT_MS,
  createTwoDayPlant,
  GLITCH_MS,
  NEW_COUNTED,
  NEW_VERSION,
  RESTART_MS,
  SWAP_MS,
  UPDATE_MS,
} from "../../src/simulator/plant/two_days.ts";
import { MIDNIGHT_MS, simulateDays, type SimulatedDays } from "./simulated_days.ts";

const INTERVAL_MS = 120_000;
const ASLEEP_INTERVAL_MS = 300_000;
const DAYS_MS = 2 * DAY_MS;
const SUNRISES_MS = [6 * HOUR_MS, DAY_MS + 6 * HOUR_MS];
const SUNSETS_MS = [20 * HOUR_MS, DAY_MS + 20 * HOUR_MS];
/** Delay of clouds and dusk from one inverter to the next. */
const LAG_MS = CLOUD_LAG_MS;
/** A morning is detected by an attempt (at most a minute apart) or a slow slot, and then a slot. */
const DETECTED_MS = ASLEEP_INTERVAL_MS + INTERVAL_MS;
/** An end is detected after three unanswered polls. */
const REPORTED_MS = Math.max(DETECTED_MS, 3 * INTERVAL_MS);

const OLD_ID = "demo-solar-ds-60k-ds60k-0002";
const NEW_ID = "demo-solar-ds-60k-ds60k-0900";
/** Rated power, the limit of the rise of a counter, in W. */
const RATED_W: Readonly<Record<string, number>> = {
  "inv-1": 60_000,
  "inv-2": 25_000,
  "inv-3": 5_000,
  "inv-5": 25_000,
  [OLD_ID]: 60_000,
  [NEW_ID]: 60_000,
};
/** Resolution of the coarsest counter (inv-3), in Wh. */
const RESOLUTION_WH = 1_000;

const simulated = await simulateDays(
  createTwoDayPlant(1),
  [
    { address: "inverter-1", id: "inv-1" },
    { address: "inverter-2", id: "inv-2" },
    { address: "inverter-3", id: "inv-3" },
    { address: "inverter-4", id: null },
    { address: "inverter-5", id: "inv-5" },
    { address: "meters", id: "meter" },
  ],
  { intervalMs: INTERVAL_MS, asleepIntervalMs: ASLEEP_INTERVAL_MS },
  DAYS_MS,
);

Deno.test("two days: every record is delivered once, in order", () => {
  deepStrictEqual(simulated.check.faults, []);
  strictEqual(simulated.check.duplicates, 0);
  strictEqual(simulated.check.records, simulated.made);
  strictEqual(simulated.delivered, simulated.made);
  ok(simulated.made > 7_000, `${simulated.made} records`);
});

Deno.test("two days: device states follow nights and days", () => {
  const [rise1 = 0, rise2 = 0] = SUNRISES_MS;
  const [set1 = 0, set2 = 0] = SUNSETS_MS;
  const lag = (nth: number): number => nth * LAG_MS;
  const duskOfTheFirst =
    (nth: number) => ([state, atMs]: States[number]): States[number] => [
      state,
      state === "asleep" ? atMs - lag(nth) : atMs,
    ];
  // A device that was never online cannot be known to be asleep.
  const days = (nth: number): States => [
    ["online", rise1 + lag(nth)],
    ["asleep", set1 + lag(nth)],
    ["online", rise2 + lag(nth)],
    ["asleep", set2 + lag(nth)],
  ];
  const [woke, ...later] = days(2);
  const expected: Readonly<Record<string, States>> = {
    "inv-1": [["offline", 0], ...days(0)],
    // Dusk of the first inverter, dawn of its own.
    "inv-2": [["asleep", 0], ...days(1).map(duskOfTheFirst(1))],
    "inv-3": [
      ["asleep", 0],
      ...(woke === undefined ? [] : [woke]),
      ["offline", UPDATE_MS - RESTART_MS],
      ["online", UPDATE_MS],
      ...later,
    ],
    [OLD_ID]: [["asleep", 0], ...days(3).slice(0, 3), ["offline", SWAP_MS - ABSENT_MS]],
    [NEW_ID]: [["online", SWAP_MS], ...days(3).slice(3)],
    // A device without inverter models cannot be known as an inverter before it was read by day.
    "inv-5": [["online", 0], ...days(4).slice(1)],
    "meter": [["online", 0]],
  };
  for (const [id, states] of Object.entries(expected)) {
    const reported = statesOf(id);
    deepStrictEqual(
      reported.map(({ state }) => state),
      states.map(([state]) => state),
      id,
    );
    reported.forEach(({ state, atMs }, nth) => {
      const dueMs = states[nth]?.[1] ?? 0;
      ok(atMs >= dueMs && atMs <= dueMs + REPORTED_MS, `${id} ${state} at ${atMs}`);
    });
  }
});

Deno.test("two days: models that are missing at night are no change of the layout", () => {
  const changed = simulated.check.decoded.filter(({ type, record }) =>
    type === "CollectorEvent" && record["event"] === "layout_changed"
  );
  // The firmware update adds a model.
  deepStrictEqual(changed.map(({ record }) => record["device_id"]), ["inv-3"]);
});

Deno.test("two days: a night is one log line", () => {
  for (const id of ["inv-1", "inv-2", "inv-5"]) {
    SUNSETS_MS.forEach((sunsetMs) => {
      const lines = simulated.log.filter(({ atMs, name, fields }) =>
        fields["device"] === id && name !== "device.discovered" && // debug
        atMs > sunsetMs - HOUR_MS &&
        atMs < Math.min(sunsetMs + 10 * HOUR_MS, DAYS_MS)
      );
      deepStrictEqual(lines.map(({ name }) => name), ["device.asleep"], id);
    });
  }
});

Deno.test("two days: a sleeping device is read on a slow grid and reports only its energy", () => {
  const [sunsetMs = 0] = SUNSETS_MS;
  const night = recordsOf("inv-2").filter(({ atMs }) =>
    atMs > sunsetMs + DETECTED_MS && atMs < sunsetMs + 10 * HOUR_MS
  );
  ok(Math.abs(night.length - 10 * HOUR_MS / ASLEEP_INTERVAL_MS) <= 2);
  const energies = new Set(night.map(({ record }) => record["ac_energy_wh"]));
  strictEqual(energies.size, 1);
  for (const { record } of night) {
    strictEqual(record["interval_ms"], ASLEEP_INTERVAL_MS);
    strictEqual(record["ac_power_w"], null);
    strictEqual(record["frequency_hz"], null);
    strictEqual(record["state"], "SLEEPING");
  }
  const dark = recordsOf("inv-1").filter(({ atMs }) =>
    atMs > sunsetMs && atMs < sunsetMs + 10 * HOUR_MS
  );
  strictEqual(dark.length, 0, "nothing is made up while it is gone");
});

Deno.test("two days: invalid values in the morning are null and flagged", () => {
  for (const id of ["inv-1", "inv-2"]) {
    for (const sunriseMs of SUNRISES_MS) {
      const glitch = recordsOf(id).filter(({ atMs }) =>
        atMs > sunriseMs && atMs < sunriseMs + GLITCH_MS - 1_000
      );
      ok(glitch.length >= 2, `${id}: ${glitch.length} records`);
      for (const { record } of glitch) {
        strictEqual(record["ac_energy_wh"], null);
        strictEqual(record["quality"], "partial");
        const flags = record["flags"] as readonly string[];
        if (id === "inv-1") {
          strictEqual(record["ac_power_w"], null);
          ok(flags.includes("ac_power_w:scale-absent"));
        } else ok(flags.includes("ac_energy_wh:counter-zero")); // floats need no scale factor
      }
      const after = recordsOf(id).find(({ atMs }) =>
        atMs > sunriseMs + GLITCH_MS + 1_000
      );
      ok(Number(after?.record["ac_energy_wh"]) > 1_000_000);
    }
  }
});

Deno.test("two days: no counter jumps, decreases or reads a false 0", () => {
  for (const [id, ratedW] of Object.entries(RATED_W)) {
    let last: { atMs: number; wh: number } | undefined;
    let gained = 0;
    for (const { atMs, record } of recordsOf(id)) {
      const wh = record["ac_energy_wh"];
      if (wh === null) continue;
      ok(typeof wh === "number" && wh > 0, `${id} reads ${wh}`);
      if (last !== undefined) {
        const rise = wh - last.wh;
        const most = ratedW * (atMs - last.atMs) / HOUR_MS + RESOLUTION_WH;
        ok(rise >= 0 && rise <= most, `${id} rises by ${rise} Wh at ${atMs} ms`);
        gained += rise;
      }
      last = { atMs, wh };
    }
    const hours = id === NEW_ID ? 4 : 10;
    ok(gained > ratedW * hours * 0.3, `${id} gained ${gained} Wh in all`);
  }
});

Deno.test("two days: clouds change only the power", () => {
  for (const id of ["inv-1", "inv-2"]) {
    const noon = recordsOf(id).filter(({ atMs }) =>
      atMs > 9 * HOUR_MS && atMs < 17 * HOUR_MS
    );
    strictEqual(noon.length, 8 * HOUR_MS / INTERVAL_MS);
    const powers = noon.map(({ record }) => Number(record["ac_power_w"]));
    ok(Math.min(...powers) < 0.6 * Math.max(...powers), "there were clouds");
    deepStrictEqual([...new Set(noon.map(({ record }) => record["state"]))], ["MPPT"]);
    deepStrictEqual([...new Set(noon.map(({ record }) => record["quality"]))], [
      "good",
    ]);
  }
});

Deno.test("two days: a device is rediscovered after a firmware update and keeps its stream", () => {
  const records = recordsOf("inv-3");
  const firmwares = records.map(({ atMs, record }) => ({
    isNew: String(record["firmware"]).startsWith(NEW_VERSION),
    atMs,
  }));
  for (const { isNew, atMs } of firmwares) strictEqual(isNew, atMs >= UPDATE_MS);
  const first = firmwares.find(({ isNew }) => isNew);
  ok(first && first.atMs <= UPDATE_MS + DETECTED_MS, `first at ${first?.atMs}`);
  const chains = logged("device.discovered", "inv-3").map(({ models }) => models);
  deepStrictEqual(chains.at(-1), [1, 64_110, 101, 64_110]);
  ok(records.every(({ record }) => typeof record["ac_power_w"] === "number"));
});

Deno.test("two days: a replaced inverter is a new device, and its counter is not a jump", () => {
  const before = recordsOf(OLD_ID);
  const after = recordsOf(NEW_ID);
  ok(before.every(({ atMs }) => atMs < SWAP_MS - ABSENT_MS));
  ok(after.every(({ atMs }) => atMs >= SWAP_MS));
  const [first] = after;
  ok(first && first.atMs <= SWAP_MS + DETECTED_MS);
  deepStrictEqual([...new Set(before.map(({ record }) => record["serial"]))], [
    "DS60K-0002",
  ]);
  deepStrictEqual([...new Set(after.map(({ record }) => record["serial"]))], [
    "DS60K-0900",
  ]);
  const wh = Number(first.record["ac_energy_wh"]);
  ok(wh >= NEW_COUNTED && wh < NEW_COUNTED + 60_000 * DETECTED_MS / HOUR_MS);
});

Deno.test("two days: records and slots_missed account for every slot", () => {
  for (const id of [...Object.keys(RATED_W), "meter"]) {
    const records = recordsOf(id);
    records.forEach(({ atMs, record }, nth) => {
      const before = records[nth - 1];
      if (before === undefined) return;
      const intervalMs = Number(record["interval_ms"]);
      const missed = Number(record["slots_missed"]);
      const where = `${id} at ${atMs} misses ${missed}`;
      const slotsOf = (gridMs: number): number =>
        Math.floor(atMs / gridMs) - Math.floor(before.atMs / gridMs);
      if (before.record["interval_ms"] !== intervalMs) ok(missed <= 1, where);
      else if (id === "inv-5" && missed > 0) {
        // At night it answers on its slow grid without a record.
        ok(Math.abs(missed + 1 - slotsOf(ASLEEP_INTERVAL_MS)) <= 2, where);
      } else strictEqual(missed + 1, slotsOf(intervalMs), where);
    });
  }
  const meter = recordsOf("meter");
  const missed = meter.reduce(
    (sum, { record }) => sum + Number(record["slots_missed"]),
    0,
  );
  strictEqual(meter.length + missed, DAYS_MS / INTERVAL_MS);
});

/** States of a device, each with its start. */
type States = readonly (readonly [state: string, atMs: number])[];

interface AtTime {
  /** Virtual ms since the first midnight. */
  readonly atMs: number;
  readonly record: SimulatedDays["check"]["decoded"][number]["record"];
}

/** Readings of a device, ordered by time. */
function recordsOf(id: string): AtTime[] {
  return decodedOf(id, (type) => type !== "CollectorEvent");
}

/** State of a device and its start. */
function statesOf(id: string): { readonly state: string; readonly atMs: number }[] {
  return decodedOf(id, (type) => type === "CollectorEvent")
    .filter(({ record }) => record["event"] === "device_state")
    .map(({ atMs, record }) => ({
      state: (record["device_state"] as { state: string }).state,
      atMs,
    }));
}

function decodedOf(id: string, accepts: (type: string) => boolean): AtTime[] {
  return simulated.check.decoded
    .filter(({ type, record }) => accepts(type) && record["device_id"] === id)
    .map(({ record }) => ({ atMs: Number(record["sampled_at"]) - MIDNIGHT_MS, record }))
    .sort((one, other) => one.atMs - other.atMs);
}

function logged(
  name: string,
  device: string,
): SimulatedDays["log"][number]["fields"][] {
  return simulated.log
    .filter((event) => event.name === name && event.fields["device"] === device)
    .map(({ fields }) => fields);
}
