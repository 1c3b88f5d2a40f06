import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  CHANGES_MAX,
  INITIAL_STATE,
  type MachineEffect,
  type MachineEvent,
  type MachineState,
  MISSED_MAX,
  type TaskId,
  type TaskOutcome,
  transition,
} from "./machine.ts";

const OUTCOMES = [
  "opened",
  "recognised",
  "unrecognised",
  "found",
  "polled",
  "outdated",
  "changed",
  "elapsed",
  "failed",
  "missed",
] as const;

/** An event to feed: an outcome of the task under way, or of any other task. */
const anyChoice = fc.record({
  when: fc.constantFrom("start", "stop", "now", "now", "now", "now", "late", "odd"),
  kind: fc.constantFrom(...OUTCOMES),
  link: fc.integer({ min: -3, max: 3 }),
  turn: fc.integer({ min: -3, max: 3 }),
});
type Choice = typeof anyChoice extends fc.Arbitrary<infer T> ? T : never;

Deno.test("transition() has at most one task under way and uses only open links", () => {
  fc.assert(
    fc.property(fc.array(anyChoice, { maxLength: 200 }), (choices) => {
      const world = createWorld();
      for (const choice of choices) world.feed(toEvent(choice, world));
      world.feed({ kind: "stop" });
      world.openLate();
      deepStrictEqual([...world.open], [], "a link leaks");
      strictEqual(world.state().kind, "disconnected");
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("transition() ignores a late outcome, except that it closes a link that opened late", () => {
  fc.assert(
    fc.property(
      fc.array(anyChoice, { maxLength: 60 }),
      anyChoice,
      (choices, { kind, link, turn }) => {
        const world = createWorld();
        for (const choice of choices) world.feed(toEvent(choice, world));
        const before = world.state();
        const id = { link: before.link + link, turn: before.turn + turn };
        if (link === 0 && turn === 0) return;
        const { state, effects } = transition(before, outcome(kind, id));
        deepStrictEqual(state, before);
        const late = kind === "opened" && link !== 0;
        deepStrictEqual(effects, late ? [{ kind: "close", link: id.link }] : []);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("transition() ignores outcomes that the state does not expect", () => {
  fc.assert(
    fc.property(fc.array(anyChoice, { maxLength: 60 }), (choices) => {
      const world = createWorld();
      for (const choice of choices) world.feed(toEvent(choice, world));
      const before = world.state();
      for (const kind of OUTCOMES) {
        const { state, effects } = transition(before, outcome(kind, before));
        if (!awaited(before).includes(kind)) deepStrictEqual(state, before, kind);
        else ok(effects.length > 0, `no effect of ${kind} while ${before.kind}`);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("transition() stops from any state and can start again", () => {
  fc.assert(
    fc.property(fc.array(anyChoice, { maxLength: 60 }), (choices) => {
      const world = createWorld();
      for (const choice of choices) world.feed(toEvent(choice, world));
      const { link } = world.state();
      const stopped = transition(world.state(), { kind: "stop" });
      deepStrictEqual(stopped.effects, [{ kind: "close", link }]);
      const { effects } = transition(stopped.state, { kind: "start" });
      deepStrictEqual(effects.map((effect) => effect.kind), ["open"]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("transition() discovers and polls an unknown device", () => {
  const walk = run(["start", "opened", "unrecognised", "found", "polled"]);
  deepStrictEqual(walk.effects, ["open", "probe", "discover", "poll", "poll"]);
  strictEqual(walk.state.kind, "polling");
});

Deno.test("transition() does not discover a known device again after a reconnect", () => {
  const walk = run(["start", "opened", "recognised", "polled"]);
  deepStrictEqual(walk.effects, ["open", "probe", "poll", "poll"]);
});

Deno.test("transition() counts attempts of a device that accepts the connection and then fails", () => {
  const flap = ["opened", "failed", "elapsed"] as const;
  strictEqual(run(["start", ...flap, ...flap, ...flap]).state.attempt, 4);
});

Deno.test("transition() resets the attempts at the first successful poll", () => {
  const up = ["opened", "unrecognised", "found"] as const;
  const walk = run(["start", "failed", "elapsed", ...up]);
  strictEqual(walk.state.attempt, 2);
  strictEqual(run(["polled"], walk.state).state.attempt, 0);
});

Deno.test("transition() discovers an outdated layout again, without a limit, and keeps the link", () => {
  const { state } = run([
    "start",
    "failed",
    "elapsed",
    "opened",
    "recognised",
    "polled",
  ]);
  const often = Array(2 * CHANGES_MAX).fill(["outdated", "found"]).flat();
  const walk = run(often, state);
  strictEqual(walk.effects.filter((effect) => effect === "discover").length, 6);
  deepStrictEqual([walk.state.kind, walk.state.link], ["polling", state.link]);
});

Deno.test("transition() closes the link after MISSED_MAX consecutive missed polls", () => {
  const { state } = run(["start", "opened", "recognised", "polled"]);
  const missed = (count: number): "missed"[] => Array(count).fill("missed");
  strictEqual(run(missed(MISSED_MAX - 1), state).state.kind, "polling");
  strictEqual(run(missed(MISSED_MAX), state).state.kind, "backoff");
  const inPieces = [...missed(MISSED_MAX - 1), "polled", "missed"] as const;
  strictEqual(run(inPieces, state).state.kind, "polling");
});

Deno.test("transition() discovers a changed layout again, up to CHANGES_MAX times", () => {
  const { state } = run(["start", "opened", "recognised", "polled"]);
  deepStrictEqual(run(["changed", "found"], state).effects, ["discover", "poll"]);
  const flutter = Array(CHANGES_MAX - 1).fill(["changed", "found"]).flat();
  const end = run([...flutter, "changed"], state);
  strictEqual(end.state.kind, "backoff");
  deepStrictEqual(end.effects.slice(-2), ["close", "wait"]);
});

/** Performs effects as an actor does and fails on those that are not allowed. */
function createWorld(): {
  state(): MachineState;
  open: Set<number>;
  feed(event: MachineEvent): void;
  openLate(): void;
} {
  let state: MachineState = INITIAL_STATE;
  const requested = new Set<number>();
  const open = new Set<number>();
  let task: Exclude<MachineEffect, { kind: "close" }> | undefined;
  function feed(event: MachineEvent): void {
    if (event.kind === "opened") {
      // A link opens once, and only on request.
      if (!requested.delete(event.link)) return;
      open.add(event.link);
    }
    const ends = "turn" in event && task?.turn === event.turn &&
      task.link === event.link && awaited(state).includes(event.kind);
    if (ends) task = undefined;
    const next = transition(state, event);
    state = next.state;
    for (const effect of next.effects) {
      if (effect.kind === "close") {
        open.delete(effect.link);
        if (task?.link === effect.link) task = undefined;
        continue;
      }
      strictEqual(task, undefined, `${effect.kind} while ${task?.kind} is under way`);
      if (effect.kind === "open") requested.add(effect.link);
      else if (effect.kind !== "wait") {
        ok(open.has(effect.link), `${effect.kind} unlinked`);
      }
      task = effect;
    }
    if (event.kind === "stop") task = undefined;
  }
  return {
    state: () => state,
    open,
    feed,
    openLate: () => {
      for (const link of [...requested]) feed({ kind: "opened", link, turn: 0 });
    },
  };
}

function awaited(state: MachineState): readonly string[] {
  switch (state.kind) {
    case "disconnected":
      return state.opening ? ["opened", "failed"] : [];
    case "connected":
      return ["recognised", "unrecognised", "failed"];
    case "discovering":
      return ["found", "failed"];
    case "polling":
      return ["polled", "outdated", "missed", "changed", "failed"];
    case "backoff":
      return ["elapsed"];
  }
}

function toEvent(choice: Choice, world: { state(): MachineState }): MachineEvent {
  const { when, kind } = choice;
  if (when === "start" || when === "stop") return { kind: when };
  const { link, turn } = world.state();
  if (when === "late") {
    return outcome(kind, { link: link + choice.link, turn: turn + choice.turn });
  }
  const fitting = awaited(world.state());
  const fits = OUTCOMES.filter((one) => fitting.includes(one));
  const picked = when === "odd"
    ? kind
    : fits[Math.abs(choice.turn * 7 + choice.link) % Math.max(1, fits.length)];
  return outcome(picked ?? kind, { link, turn });
}

function outcome(
  kind: TaskOutcome["kind"],
  { link, turn }: TaskId,
): TaskOutcome {
  return kind === "failed" || kind === "missed" || kind === "changed"
    ? { kind, link, turn, reason: "test" }
    : { kind, link, turn };
}

function run(
  events: readonly MachineEvent["kind"][],
  from: MachineState = INITIAL_STATE,
): { state: MachineState; effects: string[] } {
  let state = from;
  const effects: string[] = [];
  for (const kind of events) {
    const next = transition(
      state,
      kind === "start" || kind === "stop" ? { kind } : outcome(kind, state),
    );
    state = next.state;
    effects.push(...next.effects.map((effect) => effect.kind));
  }
  return { state, effects };
}
