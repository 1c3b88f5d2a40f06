/**
 * The life of one device as a pure function: (state, event) to (state,
 * effects). It has no clock, no socket and no chance; `actor.ts` performs the
 * effects and feeds back events.
 *
 * ```text
 *  disconnected --opened--> connected --unknown--> discovering --found--> polling
 *    |      ^                 |    |                 |    ^                | |  ^
 *    |      |                 |    +------ known ----|----|----------------|>|  |
 *  failed elapsed           failed                 failed +--- changed, ---+ +--+
 *    v      |                 |                      |         outdated    | polled,
 *    backoff <----------------+----------------------+-- missed too often -+ missed
 * ```
 *
 * At most one task (an effect that has an outcome) is under way at any time.
 *
 * @module
 */

/** How many polls in a row may go unanswered before the link is given up. */
export const MISSED_MAX = 3;

/** How often a layout may change between two good polls before the link is given up. */
export const CHANGES_MAX = 3;

/**
 * Where a device stands. `link` numbers connections and `turn` numbers tasks,
 * so that late news is known to be old; `attempt` counts tries and `changes`
 * counts layouts since the last good poll, so that a device that accepts and
 * then fails still backs off.
 */
export type State = {
  readonly link: number;
  readonly turn: number;
  readonly attempt: number;
  readonly changes: number;
} & Phase;

/** The five phases, each with only the facts that it needs. */
export type Phase =
  /** At rest, or with a connect under way. */
  | { readonly is: "disconnected"; readonly opening: boolean }
  /** The address answers; whether the unit does is being found out. */
  | { readonly is: "connected" }
  | { readonly is: "discovering" }
  | { readonly is: "polling"; readonly missed: number }
  | { readonly is: "backoff"; readonly why: string };

/** Which task on which connection. */
export interface TaskId {
  readonly link: number;
  readonly turn: number;
}

/** What happened. */
export type Event = { readonly on: "start" } | { readonly on: "stop" } | Outcome;

/** What came of a task. */
export type Outcome =
  | TaskId & {
    readonly on:
      | "opened"
      /** The unit is the one that is known from before, as far as one read can tell. */
      | "known"
      /** Nothing is known of the unit, or it is another now. */
      | "unknown"
      | "found"
      | "polled"
      /** It answered, and may have more to show than is known of it. */
      | "outdated"
      | "elapsed";
  }
  | TaskId & {
    readonly on:
      | "failed"
      | "missed"
      /** The layout is not the one that was found. */
      | "changed";
    readonly why: string;
  };

/** What the actor must do next, in order. All but `close` are tasks. */
export type Effect =
  | TaskId & { readonly do: "open" | "greet" | "discover" | "poll" }
  | TaskId & { readonly do: "wait"; readonly attempt: number }
  | { readonly do: "close"; readonly link: number };

/** The outcome of an event. */
export interface Step {
  /** Where the device stands now. */
  readonly state: State;
  /** What to do about it. */
  readonly effects: readonly Effect[];
}

/** Where every device begins: at rest. */
export const INITIAL = {
  is: "disconnected",
  opening: false,
  link: 1,
  turn: 0,
  attempt: 0,
  changes: 0,
} as const satisfies State;

/**
 * Takes one step. Total: every event is answered in every state, and one that
 * has no meaning there (late, doubled) changes nothing.
 */
export function step(state: State, event: Event): Step {
  if (event.on === "stop") return rest(state);
  if (event.on === "start") {
    return state.is === "disconnected" && !state.opening
      ? connect(state)
      : unmoved(state);
  }
  if (event.link !== state.link || event.turn !== state.turn) {
    return late(state, event);
  }
  switch (state.is) {
    case "disconnected":
      if (!state.opening) break;
      if (event.on === "opened") return task(state, { is: "connected" }, "greet");
      if (event.on === "failed") return retreat(state, event.why);
      break;
    case "connected":
      if (event.on === "known") return poll(state, 0);
      if (event.on === "unknown") return task(state, { is: "discovering" }, "discover");
      if (event.on === "failed") return retreat(state, event.why);
      break;
    case "discovering":
      if (event.on === "found") return poll(state, 0);
      if (event.on === "failed") return retreat(state, event.why);
      break;
    case "polling":
      if (event.on === "polled") return poll({ ...state, attempt: 0, changes: 0 }, 0);
      if (event.on === "outdated") {
        const good = { ...state, attempt: 0, changes: 0 };
        return task(good, { is: "discovering" }, "discover");
      }
      if (event.on === "failed") return retreat(state, event.why);
      if (event.on === "missed") {
        const missed = state.missed + 1;
        return missed < MISSED_MAX ? poll(state, missed) : retreat(state, event.why);
      }
      if (event.on === "changed") {
        const changes = state.changes + 1;
        return changes < CHANGES_MAX
          ? task({ ...state, changes }, { is: "discovering" }, "discover")
          : retreat(state, `again and again, ${event.why}`);
      }
      break;
    case "backoff":
      if (event.on === "elapsed") return connect(state);
      break;
    default:
      state satisfies never;
  }
  return late(state, event);
}

function connect(state: State): Step {
  const { link, attempt, changes } = state;
  const turn = state.turn + 1;
  return {
    state: {
      is: "disconnected",
      opening: true,
      link,
      turn,
      attempt: attempt + 1,
      changes,
    },
    effects: [{ do: "open", link, turn }],
  };
}

function poll(state: State, missed: number): Step {
  return task(state, { is: "polling", missed }, "poll");
}

function task(
  { link, turn, attempt, changes }: State,
  phase: Phase,
  what: "greet" | "discover" | "poll",
): Step {
  return {
    state: { link, turn: turn + 1, attempt, changes, ...phase },
    effects: [{ do: what, link, turn: turn + 1 }],
  };
}

function retreat(state: State, why: string): Step {
  const { attempt } = state;
  const link = state.link + 1;
  const turn = state.turn + 1;
  return {
    state: { is: "backoff", why, link, turn, attempt, changes: 0 },
    effects: [
      { do: "close", link: state.link },
      { do: "wait", link, turn, attempt },
    ],
  };
}

function rest({ link, turn }: State): Step {
  return {
    state: { ...INITIAL, link: link + 1, turn: turn + 1 },
    effects: [{ do: "close", link }],
  };
}

/** A link that opens when nobody waits for it any more must not leak. */
function late(state: State, event: Outcome): Step {
  return event.on === "opened" && event.link !== state.link
    ? { state, effects: [{ do: "close", link: event.link }] }
    : unmoved(state);
}

function unmoved(state: State): Step {
  return { state, effects: [] };
}
