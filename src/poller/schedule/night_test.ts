import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { DecodedModel, Points } from "../../sunspec/decode/decode.ts";
import { createNight, NIGHT_MAX_MS } from "./night.ts";

const NIGHT_POINTS = { W: null, WH: 30_847_780, St: null };

function model(id: number, points: Points): DecodedModel {
  return { id, address: 0, length: 0, points, flags: [] };
}

/** What is said of polls of one device, a minute apart, and whether its silence would be the night's. */
function play(polls: readonly (readonly DecodedModel[])[]): [string, boolean][] {
  const night = createNight();
  return polls.map((models, at) => {
    const atMs = at * 60_000;
    return [night.polled(models, atMs), night.explainsSilence(atMs + 60_000)];
  });
}

Deno.test("an inverter sleeps if it says so, or if it shows nothing but its energy", () => {
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

Deno.test("of several inverters one awake is enough", () => {
  const asleep = model(103, { W: 0, WH: 5, St: 2 });
  const awake = model(103, { W: 50, WH: 5, St: 4 });
  strictEqual(play([[asleep, awake]])[0]?.[0], "online");
});

Deno.test("a device with a meter or a battery does not sleep, and its silence is a fault", () => {
  const asleep = model(103, { W: 0, WH: 5, St: 2 });
  for (const id of [203, 213, 307, 402, 802]) {
    deepStrictEqual(play([[asleep, model(id, { W: 400 })]]), [["online", false]]);
  }
  // Inverters without a battery show these too.
  deepStrictEqual(play([[asleep, model(124, {}), model(713, {})]]), [["asleep", true]]);
});

Deno.test("silence is the night's after a poll without power, and a fault in daylight", () => {
  const by = (W: number): DecodedModel[] => [model(103, { W, WH: 5, St: 4 })];
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

Deno.test("one garbled power makes no dusk of the daylight after it", () => {
  const by = (W: number): DecodedModel[] => [model(103, { W, WH: 5, St: 4 })];
  strictEqual(play([by(3_000), by(5_000_000), by(3_000)]).at(-1)?.[1], false);
});

Deno.test("silence after a fault is no night", () => {
  strictEqual(play([[model(103, { W: 0, WH: 5, St: 7 })]])[0]?.[1], false);
});

Deno.test("no night lasts for ever, and nothing explains the silence of the unknown", () => {
  const night = createNight();
  strictEqual(night.explainsSilence(0), false);
  night.polled([model(103, { W: 0, WH: 5, St: 2 })], 0);
  strictEqual(night.explainsSilence(NIGHT_MAX_MS), true);
  strictEqual(night.explainsSilence(NIGHT_MAX_MS + 1), false);
});

Deno.test("a chain that loses its inverter model by night sleeps; one that never had one does not", () => {
  const common = model(1, {});
  const day = [common, model(103, { W: 900, WH: 5, St: 4 })];
  deepStrictEqual(play([day, [common]]).map(([rest]) => rest), ["online", "asleep"]);
  strictEqual(play([[common]])[0]?.[0], "online");
});
