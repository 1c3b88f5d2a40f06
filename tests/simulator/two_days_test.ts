/**
 * Two days of a plant, played in virtual time to a whole agent over real TCP:
 * what its records, its events and its log must say of nights, mornings,
 * clouds, a firmware and a swapped inverter. The rules are those that a reader
 * of the records relies on (docs/contracts.md), not the agent's own.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CLOUD_LAG_MS } from "../../src/simulator/plant/plant.ts";
import { DAY_MS, HOUR_MS } from "../../src/simulator/plant/sun.ts";
import {
  ABSENT_MS,
  createTwoDays,
  GLITCH_MS,
  NEW_COUNTED,
  NEW_VERSION,
  RESTART_MS,
  SWAP_MS,
  UPDATE_MS,
} from "../../src/simulator/plant/two_days.ts";
import { MIDNIGHT_MS, playDays, type PlayedDays } from "./played_days.ts";

const INTERVAL_MS = 120_000;
const ASLEEP_INTERVAL_MS = 300_000;
const DAYS_MS = 2 * DAY_MS;
const SUNRISES_MS = [6 * HOUR_MS, DAY_MS + 6 * HOUR_MS];
const SUNSETS_MS = [20 * HOUR_MS, DAY_MS + 20 * HOUR_MS];
/** Clouds and dusk reach the next inverter so much later. */
const LAG_MS = CLOUD_LAG_MS;
/** A morning is noticed in a try (a minute apart at most) or a slow slot, and then in a slot. */
const NOTICED_MS = ASLEEP_INTERVAL_MS + INTERVAL_MS;
/** An end is noticed once three polls went unanswered. */
const TOLD_MS = Math.max(NOTICED_MS, 3 * INTERVAL_MS);

const OLD_ID = "demo-solar-ds-60k-ds60k-0002";
const NEW_ID = "demo-solar-ds-60k-ds60k-0900";
/** Rated power, and so the most that a counter can rise, in W. */
const RATED_W: Readonly<Record<string, number>> = {
  "inv-1": 60_000,
  "inv-2": 25_000,
  "inv-3": 5_000,
  "inv-5": 25_000,
  [OLD_ID]: 60_000,
  [NEW_ID]: 60_000,
};
/** The coarsest counter's resolution (that of inv-3), in Wh. */
const RESOLUTION_WH = 1_000;

const played = await playDays(
  createTwoDays(1),
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

Deno.test("every record that was made arrived once, in order", () => {
  deepStrictEqual(played.check.faults, []);
  strictEqual(played.check.doubles, 0);
  strictEqual(played.check.records, played.made);
  strictEqual(played.delivered, played.made);
  ok(played.made > 7_000, `${played.made} records`);
});

Deno.test("the states of each device are the nights and days that it had", () => {
  const [rise1 = 0, rise2 = 0] = SUNRISES_MS;
  const [set1 = 0, set2 = 0] = SUNSETS_MS;
  const lag = (nth: number): number => nth * LAG_MS;
  const duskOfTheFirst =
    (nth: number) => ([state, atMs]: States[number]): States[number] => [
      state,
      state === "asleep" ? atMs - lag(nth) : atMs,
    ];
  // Of a device that was never seen nobody can know that it sleeps.
  const days = (nth: number): States => [
    ["online", rise1 + lag(nth)],
    ["asleep", set1 + lag(nth)],
    ["online", rise2 + lag(nth)],
    ["asleep", set2 + lag(nth)],
  ];
  const [woke, ...later] = days(2);
  const wanted: Readonly<Record<string, States>> = {
    "inv-1": [["offline", 0], ...days(0)],
    // Its dusk is the first inverter's, its dawn its own.
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
    // Nobody can know that what shows no inverter is one, before it has been seen by day.
    "inv-5": [["online", 0], ...days(4).slice(1)],
    "meter": [["online", 0]],
  };
  for (const [id, states] of Object.entries(wanted)) {
    const told = statesOf(id);
    deepStrictEqual(told.map(({ state }) => state), states.map(([state]) => state), id);
    told.forEach(({ state, atMs }, nth) => {
      const dueMs = states[nth]?.[1] ?? 0;
      ok(atMs >= dueMs && atMs <= dueMs + TOLD_MS, `${id} ${state} at ${atMs}`);
    });
  }
});

Deno.test("a night is one line in the log", () => {
  for (const id of ["inv-1", "inv-2", "inv-5"]) {
    SUNSETS_MS.forEach((sunsetMs) => {
      const lines = played.log.filter(({ atMs, name, fields }) =>
        fields["device"] === id && name !== "device.discovered" && // for who looks closely
        atMs > sunsetMs - HOUR_MS &&
        atMs < Math.min(sunsetMs + 10 * HOUR_MS, DAYS_MS)
      );
      deepStrictEqual(lines.map(({ name }) => name), ["device.asleep"], id);
    });
  }
});

Deno.test("asleep it is read on a slow grid of its own, and measures nothing but its energy", () => {
  const [sunsetMs = 0] = SUNSETS_MS;
  const night = recordsOf("inv-2").filter(({ atMs }) =>
    atMs > sunsetMs + NOTICED_MS && atMs < sunsetMs + 10 * HOUR_MS
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

Deno.test("what is nonsense in the morning is null and flagged, and never a number", () => {
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

Deno.test("no counter jumps, goes back or reads a false 0", () => {
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

Deno.test("clouds change the power alone", () => {
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

Deno.test("a firmware is discovered anew, and the stream goes on", () => {
  const records = recordsOf("inv-3");
  const firmwares = records.map(({ atMs, record }) => ({
    isNew: String(record["firmware"]).startsWith(NEW_VERSION),
    atMs,
  }));
  for (const { isNew, atMs } of firmwares) strictEqual(isNew, atMs >= UPDATE_MS);
  const first = firmwares.find(({ isNew }) => isNew);
  ok(first && first.atMs <= UPDATE_MS + NOTICED_MS, `first at ${first?.atMs}`);
  const chains = logged("device.discovered", "inv-3").map(({ models }) => models);
  deepStrictEqual(chains.at(-1), [1, 64_110, 101, 64_110]);
  ok(records.every(({ record }) => typeof record["ac_power_w"] === "number"));
});

Deno.test("a swapped inverter is another device, and no energy is taken for a jump", () => {
  const before = recordsOf(OLD_ID);
  const after = recordsOf(NEW_ID);
  ok(before.every(({ atMs }) => atMs < SWAP_MS - ABSENT_MS));
  ok(after.every(({ atMs }) => atMs >= SWAP_MS));
  const [first] = after;
  ok(first && first.atMs <= SWAP_MS + NOTICED_MS);
  deepStrictEqual([...new Set(before.map(({ record }) => record["serial"]))], [
    "DS60K-0002",
  ]);
  deepStrictEqual([...new Set(after.map(({ record }) => record["serial"]))], [
    "DS60K-0900",
  ]);
  const wh = Number(first.record["ac_energy_wh"]);
  ok(wh >= NEW_COUNTED && wh < NEW_COUNTED + 60_000 * NOTICED_MS / HOUR_MS);
});

Deno.test("records and slots_missed account for every slot", () => {
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
        // By night it answers on its slow grid, and has nothing to make a record of.
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

/** States of a device, each with the moment from which on it is true. */
type States = readonly (readonly [state: string, atMs: number])[];

interface AtTime {
  /** Virtual ms since the first midnight. */
  readonly atMs: number;
  readonly record: PlayedDays["check"]["decoded"][number]["record"];
}

/** Readings of a device, in the order of time. */
function recordsOf(id: string): AtTime[] {
  return decodedOf(id, (type) => type !== "CollectorEvent");
}

/** What a device is said to be, and since when. */
function statesOf(id: string): { readonly state: string; readonly atMs: number }[] {
  return decodedOf(id, (type) => type === "CollectorEvent").map(({ atMs, record }) => ({
    state: (record["device_state"] as { state: string }).state,
    atMs,
  }));
}

function decodedOf(id: string, wanted: (type: string) => boolean): AtTime[] {
  return played.check.decoded
    .filter(({ type, record }) => wanted(type) && record["device_id"] === id)
    .map(({ record }) => ({ atMs: Number(record["sampled_at"]) - MIDNIGHT_MS, record }))
    .sort((one, other) => one.atMs - other.atMs);
}

function logged(name: string, device: string): PlayedDays["log"][number]["fields"][] {
  return played.log
    .filter((event) => event.name === name && event.fields["device"] === device)
    .map(({ fields }) => fields);
}
