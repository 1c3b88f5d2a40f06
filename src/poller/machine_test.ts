import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  CHANGES_MAX,
  type Effect,
  type Event,
  INITIAL,
  MISSED_MAX,
  type Outcome,
  type State,
  step,
  type TaskId,
} from "./machine.ts";

const OUTCOMES = [
  "opened",
  "known",
  "unknown",
  "found",
  "polled",
  "outdated",
  "changed",
  "elapsed",
  "failed",
  "missed",
] as const;

/** What the world may send: outcomes of the task under way, or of any other. */
const anyChoice = fc.record({
  kind: fc.constantFrom("start", "stop", "now", "now", "now", "now", "late", "odd"),
  on: fc.constantFrom(...OUTCOMES),
  link: fc.integer({ min: -3, max: 3 }),
  turn: fc.integer({ min: -3, max: 3 }),
});
type Choice = typeof anyChoice extends fc.Arbitrary<infer T> ? T : never;

Deno.test("step() has at most one task under way and polls only open links", () => {
  fc.assert(
    fc.property(fc.array(anyChoice, { maxLength: 200 }), (choices) => {
      const world = createWorld();
      for (const choice of choices) world.feed(toEvent(choice, world));
      world.feed({ on: "stop" });
      world.openLate();
      deepStrictEqual([...world.open], [], "a link leaks");
      strictEqual(world.state().is, "disconnected");
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("step() answers stale news with nothing but the close of its link", () => {
  fc.assert(
    fc.property(
      fc.array(anyChoice, { maxLength: 60 }),
      anyChoice,
      (choices, { on, link, turn }) => {
        const world = createWorld();
        for (const choice of choices) world.feed(toEvent(choice, world));
        const before = world.state();
        const id = { link: before.link + link, turn: before.turn + turn };
        if (link === 0 && turn === 0) return;
        const { state, effects } = step(before, outcome(on, id));
        deepStrictEqual(state, before);
        const late = on === "opened" && link !== 0;
        deepStrictEqual(effects, late ? [{ do: "close", link: id.link }] : []);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("step() ignores outcomes that its phase does not wait for", () => {
  fc.assert(
    fc.property(fc.array(anyChoice, { maxLength: 60 }), (choices) => {
      const world = createWorld();
      for (const choice of choices) world.feed(toEvent(choice, world));
      const before = world.state();
      for (const on of OUTCOMES) {
        const { state, effects } = step(before, outcome(on, before));
        if (!awaited(before).includes(on)) deepStrictEqual(state, before, on);
        else ok(effects.length > 0, `${before.is} leaves nothing to do after ${on}`);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("step() comes to rest by stop, from any state, and can start again", () => {
  fc.assert(
    fc.property(fc.array(anyChoice, { maxLength: 60 }), (choices) => {
      const world = createWorld();
      for (const choice of choices) world.feed(toEvent(choice, world));
      const { link } = world.state();
      const stopped = step(world.state(), { on: "stop" });
      deepStrictEqual(stopped.effects, [{ do: "close", link }]);
      const { effects } = step(stopped.state, { on: "start" });
      deepStrictEqual(effects.map((effect) => effect.do), ["open"]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("step() walks an unknown device from rest to polling", () => {
  const walk = run(["start", "opened", "unknown", "found", "polled"]);
  deepStrictEqual(walk.effects, ["open", "greet", "discover", "poll", "poll"]);
  strictEqual(walk.state.is, "polling");
});

Deno.test("step() does not discover a known device again after a reconnect", () => {
  const walk = run(["start", "opened", "known", "polled"]);
  deepStrictEqual(walk.effects, ["open", "greet", "poll", "poll"]);
});

Deno.test("step() keeps counting attempts for a device that accepts, then fails", () => {
  const flap = ["opened", "failed", "elapsed"] as const;
  strictEqual(run(["start", ...flap, ...flap, ...flap]).state.attempt, 4);
});

Deno.test("step() forgets the attempts at the first good poll, not before", () => {
  const up = ["opened", "unknown", "found"] as const;
  const walk = run(["start", "failed", "elapsed", ...up]);
  strictEqual(walk.state.attempt, 2);
  strictEqual(run(["polled"], walk.state).state.attempt, 0);
});

Deno.test("step() discovers what is outdated again, however often, and keeps its link", () => {
  const { state } = run(["start", "failed", "elapsed", "opened", "known", "polled"]);
  const often = Array(2 * CHANGES_MAX).fill(["outdated", "found"]).flat();
  const walk = run(often, state);
  strictEqual(walk.effects.filter((effect) => effect === "discover").length, 6);
  deepStrictEqual([walk.state.is, walk.state.link], ["polling", state.link]);
});

Deno.test("step() gives up a link after MISSED_MAX missed polls in a row", () => {
  const { state } = run(["start", "opened", "known", "polled"]);
  const missed = (count: number): "missed"[] => Array(count).fill("missed");
  strictEqual(run(missed(MISSED_MAX - 1), state).state.is, "polling");
  strictEqual(run(missed(MISSED_MAX), state).state.is, "backoff");
  const inPieces = [...missed(MISSED_MAX - 1), "polled", "missed"] as const;
  strictEqual(run(inPieces, state).state.is, "polling");
});

Deno.test("step() discovers again after a change, but not without end", () => {
  const { state } = run(["start", "opened", "known", "polled"]);
  deepStrictEqual(run(["changed", "found"], state).effects, ["discover", "poll"]);
  const flutter = Array(CHANGES_MAX - 1).fill(["changed", "found"]).flat();
  const end = run([...flutter, "changed"], state);
  strictEqual(end.state.is, "backoff");
  deepStrictEqual(end.effects.slice(-2), ["close", "wait"]);
});

/** Performs effects as a strict actor would, and counts what it must never do. */
function createWorld(): {
  state(): State;
  open: Set<number>;
  feed(event: Event): void;
  openLate(): void;
} {
  let state: State = INITIAL;
  const asked = new Set<number>();
  const open = new Set<number>();
  let task: Exclude<Effect, { do: "close" }> | undefined;
  function feed(event: Event): void {
    if (event.on === "opened") {
      // A link opens once, and only if it was asked for.
      if (!asked.delete(event.link)) return;
      open.add(event.link);
    }
    const ends = "turn" in event && task?.turn === event.turn &&
      task.link === event.link && awaited(state).includes(event.on);
    if (ends) task = undefined;
    const next = step(state, event);
    state = next.state;
    for (const effect of next.effects) {
      if (effect.do === "close") {
        open.delete(effect.link);
        if (task?.link === effect.link) task = undefined;
        continue;
      }
      strictEqual(task, undefined, `${effect.do} while ${task?.do} is under way`);
      if (effect.do === "open") asked.add(effect.link);
      else if (effect.do !== "wait") ok(open.has(effect.link), `${effect.do} unlinked`);
      task = effect;
    }
    if (event.on === "stop") task = undefined;
  }
  return {
    state: () => state,
    open,
    feed,
    openLate: () => {
      for (const link of [...asked]) feed({ on: "opened", link, turn: 0 });
    },
  };
}

function awaited(state: State): readonly string[] {
  switch (state.is) {
    case "disconnected":
      return state.opening ? ["opened", "failed"] : [];
    case "connected":
      return ["known", "unknown", "failed"];
    case "discovering":
      return ["found", "failed"];
    case "polling":
      return ["polled", "outdated", "missed", "changed", "failed"];
    case "backoff":
      return ["elapsed"];
  }
}

function toEvent(choice: Choice, world: { state(): State }): Event {
  const { kind, on } = choice;
  if (kind === "start" || kind === "stop") return { on: kind };
  const { link, turn } = world.state();
  if (kind === "late") {
    return outcome(on, { link: link + choice.link, turn: turn + choice.turn });
  }
  const fitting = awaited(world.state());
  const fits = OUTCOMES.filter((one) => fitting.includes(one));
  const picked = kind === "odd"
    ? on
    : fits[Math.abs(choice.turn * 7 + choice.link) % Math.max(1, fits.length)];
  return outcome(picked ?? on, { link, turn });
}

function outcome(on: Outcome["on"], { link, turn }: TaskId): Outcome {
  return on === "failed" || on === "missed" || on === "changed"
    ? { on, link, turn, why: "test" }
    : { on, link, turn };
}

function run(
  events: readonly Event["on"][],
  from: State = INITIAL,
): { state: State; effects: string[] } {
  let state = from;
  const effects: string[] = [];
  for (const on of events) {
    const next = step(
      state,
      on === "start" || on === "stop" ? { on } : outcome(on, state),
    );
    state = next.state;
    effects.push(...next.effects.map((effect) => effect.do));
  }
  return { state, effects };
}
