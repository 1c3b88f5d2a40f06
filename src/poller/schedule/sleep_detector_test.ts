import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../../models/index.ts";
import type { Points } from "../../sunspec/decode/decode.ts";
import type { ModelReading } from "../../sunspec/decode/model_reading.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { createSleepDetector, NIGHT_MAX_MS } from "./sleep_detector.ts";

const NIGHT_POINTS = { W: null, WH: 30_847_780, St: null };

const DEFINITIONS = new Map<number, ModelDefinition>();
for (const id of [1, 101, 103, 124, 203, 213, 307, 402, 701, 713, 802]) {
  const definition = await loadDefinition(id);
  if (definition !== undefined) DEFINITIONS.set(id, definition);
}

function model(id: number, points: Points): ModelReading {
  const definition = DEFINITIONS.get(id);
  ok(definition);
  return readingOf(definition, { id, address: 0, length: 0, points, flags: [] });
}

/** For each poll, a minute apart: the state, and whether silence after it is explained. */
function play(polls: readonly (readonly ModelReading[])[]): [string, boolean][] {
  const night = createSleepDetector();
  return polls.map((models, at) => {
    const atMs = at * 60_000;
    return [night.update(models, atMs), night.explainsSilence(atMs + 60_000)];
  });
}

Deno.test("an inverter sleeps if it reports so, or if it reports only its energy", () => {
  deepStrictEqual(
    play([
      [model(103, { W: 0, WH: 5, St: 2 })],
      [model(101, NIGHT_POINTS)],
      [model(701, { W: 0, InvSt: 1 })],
      [model(701, { W: null, InvSt: null, TotWhInj: 5n })],
    ]).map(([rest]) => rest),
    ["asleep", "asleep", "asleep", "asleep"],
  );
});

Deno.test("an inverter that is off, in standby or at fault is awake", () => {
  for (const St of [1, 7, 8]) {
    strictEqual(play([[model(103, { W: 0, WH: 5, St })]])[0]?.[0], "online", `${St}`);
  }
});

Deno.test("a device is awake if one of several inverters is", () => {
  const asleep = model(103, { W: 0, WH: 5, St: 2 });
  const awake = model(103, { W: 50, WH: 5, St: 4 });
  strictEqual(play([[asleep, awake]])[0]?.[0], "online");
});

Deno.test("a device with a meter or a battery does not sleep, and its silence is a fault", () => {
  const asleep = model(103, { W: 0, WH: 5, St: 2 });
  for (const id of [203, 213, 307, 402, 802]) {
    deepStrictEqual(play([[asleep, model(id, { W: 400 })]]), [["online", false]]);
  }
  // Inverters without a battery have these models too.
  deepStrictEqual(play([[asleep, model(124, {}), model(713, {})]]), [["asleep", true]]);
});

Deno.test("silence is explained after a poll without power, not in daylight", () => {
  const by = (W: number): ModelReading[] => [model(103, { W, WH: 5, St: 4 })];
  const day = play([by(3_000), by(5_000), by(4_000), by(70), by(0), by(3_000)]);
  deepStrictEqual(day.map(([, explained]) => explained), [
    false,
    false,
    false,
    true,
    true,
    false,
  ]);
});

Deno.test("a single corrupt power does not explain silence in daylight", () => {
  const by = (W: number): ModelReading[] => [model(103, { W, WH: 5, St: 4 })];
  strictEqual(play([by(3_000), by(5_000_000), by(3_000)]).at(-1)?.[1], false);
});

Deno.test("silence after a fault is not explained", () => {
  strictEqual(play([[model(103, { W: 0, WH: 5, St: 7 })]])[0]?.[1], false);
});

Deno.test("silence is not explained after the longest night, nor before the first poll", () => {
  const night = createSleepDetector();
  strictEqual(night.explainsSilence(0), false);
  night.update([model(103, { W: 0, WH: 5, St: 2 })], 0);
  strictEqual(night.explainsSilence(NIGHT_MAX_MS), true);
  strictEqual(night.explainsSilence(NIGHT_MAX_MS + 1), false);
});

Deno.test("a device that loses its inverter model sleeps; one that never had one does not", () => {
  const common = model(1, {});
  const day = [common, model(103, { W: 900, WH: 5, St: 4 })];
  deepStrictEqual(play([day, [common]]).map(([rest]) => rest), ["online", "asleep"]);
  strictEqual(play([[common]])[0]?.[0], "online");
});
