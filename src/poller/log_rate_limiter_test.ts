import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createVoice, LINE_EVERY_MS, REPEAT_LONGEST_MS } from "./log_rate_limiter.ts";

/** A voice in played time, and what it said. */
function stage() {
  let nowMs = 0;
  const said: { atMs: number; line: string; unlogged: number }[] = [];
  const voice = createVoice<string>({
    nowMs: () => nowMs,
    say: (line, unlogged) => said.push({ atMs: nowMs, line, unlogged }),
  });
  return {
    voice,
    said,
    get nowMs() {
      return nowMs;
    },
    play(durationMs: number) {
      for (const endMs = nowMs + durationMs; nowMs < endMs;) {
        nowMs += 1_000;
        voice.beat();
      }
    },
  };
}

Deno.test("whatever a device does, two lines are a minute apart, and its state is said within one", () => {
  const step = fc.tuple(
    fc.constantFrom("online", "offline", "asleep", "failed", "overrun"),
    fc.integer({ min: 0, max: 40 }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { voice, said, play } = stage();
    let state: string | undefined;
    let happened = 0;
    for (const [what, seconds] of steps) {
      if (what === "failed" || what === "overrun") {
        happened++;
        voice.happened(what);
      } else {
        state = what;
        voice.stands(what, what);
      }
      play(1_000 * seconds);
    }
    play(LINE_EVERY_MS + REPEAT_LONGEST_MS);
    said.forEach(({ atMs }, at) => {
      const before = said[at - 1]?.atMs ?? -Infinity;
      ok(atMs - before >= LINE_EVERY_MS, `${before} and ${atMs}`);
    });
    const states = said.map(({ line }) => line)
      .filter((line) => line !== "failed" && line !== "overrun");
    strictEqual(states.at(-1), state);
    ok(states.every((line, at) => line !== states[at - 1]), "said twice");
    const events = said.filter(({ line }) => line === "failed" || line === "overrun");
    const told = events.length +
      said.reduce((sum, { unlogged }) => sum + unlogged, 0);
    strictEqual(told, happened);
  }));
});

Deno.test("a failure that leads to an outage is told as the outage, at once", () => {
  const { voice, said, play } = stage();
  voice.stands("online", "online");
  play(100_000);
  voice.happened("missed a poll");
  play(3_000);
  voice.stands("offline", "offline: no answer");
  play(30_000);
  deepStrictEqual(said, [
    { atMs: 0, line: "online", unlogged: 0 },
    { atMs: 103_000, line: "offline: no answer", unlogged: 1 },
  ]);
});

Deno.test("a device that comes and goes is told of once a minute, with how often", () => {
  const { voice, said, play } = stage();
  for (let turn = 0; turn < 40; turn++) {
    voice.stands("online", "online");
    play(4_000);
    voice.happened("closed");
    voice.stands("offline", "offline");
    play(3_000);
  }
  ok(said.length >= 4 && said.length <= 5, JSON.stringify(said));
  ok(said.slice(1).every(({ unlogged }) => unlogged > 0));
});

Deno.test("what a dead device repeats is said ever more seldom, with how often, and soon again once it is news", () => {
  const { voice, said, play } = stage();
  const HOUR_MS = 3_600_000;
  voice.stands("offline", "offline");
  for (let second = 0; second < 24 * 3_600; second += 30) {
    voice.happened("no answer");
    play(30_000);
  }
  ok(said.length < 35, `${said.length} lines in a day`);
  const gaps = said.slice(1).map(({ atMs }, at) => atMs - (said[at]?.atMs ?? 0));
  ok(gaps.every((ms) => ms <= REPEAT_LONGEST_MS + LINE_EVERY_MS), `${gaps}`);
  ok(said.slice(-3).every(({ unlogged }) => unlogged >= 100), JSON.stringify(said));
  voice.stands("online", "online");
  play(3 * HOUR_MS);
  const before = said.length;
  voice.happened("no answer");
  play(2 * LINE_EVERY_MS);
  deepStrictEqual(said.slice(before).map(({ line }) => line), ["no answer"]);
});
