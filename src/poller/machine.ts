/**
 * The state machine of one device as a pure function: (state, event) to (state,
 * effects). `actor.ts` performs the effects and feeds the events back.
 *
 * ```text
 *  disconnected -opened-> connected -unrecognised-> discovering -found-> polling
 *    |      ^                |    |                   |    ^               | |  ^
 *    |      |                |    +--- recognised ----|----|---------------|>|  |
 *  failed elapsed          failed                   failed +--- changed, --+ +--+
 *    v      |                |                        |        outdated    | polled,
 *    backoff <---------------+------------------------+-- missed too often-+ missed
 * ```
 *
 * At most one task (an effect that has an outcome) is under way at any time.
 *
 * @module
 */

/** Number of consecutive missed polls after which the link is closed. */
export const MISSED_MAX = 3;

/** Number of layout changes without a successful poll after which the link is closed. */
export const CHANGES_MAX = 3;

/**
 * The state of a device. `link` numbers connections and `turn` numbers tasks, so that
 * late outcomes are recognised as outdated. `attempt` counts connects and `changes`
 * counts layout changes since the last successful poll, so that a device that accepts
 * the connection and then fails backs off too.
 */
export type MachineState = {
  readonly link: number;
  readonly turn: number;
  readonly attempt: number;
  readonly changes: number;
} & MachinePhase;

/** The five phases, each with the data that it needs. */
export type MachinePhase =
  /** Idle, or with a connect under way. */
  | { readonly kind: "disconnected"; readonly opening: boolean }
  /** Connected; a probe of the unit is under way. */
  | { readonly kind: "connected" }
  | { readonly kind: "discovering" }
  | { readonly kind: "polling"; readonly missed: number }
  | { readonly kind: "backoff"; readonly reason: string };

/** Identifies a task on a connection. */
export interface TaskId {
  readonly link: number;
  readonly turn: number;
}

/** An input of the state machine. */
export type MachineEvent =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  | TaskOutcome;

/** The outcome of a task. */
export type TaskOutcome =
  | TaskId & {
    readonly kind:
      | "opened"
      /** The probe found the marker at the known address. */
      | "recognised"
      /** The unit is not known, or the probe did not find the marker. */
      | "unrecognised"
      | "found"
      | "polled"
      /** The poll succeeded, but the layout may be incomplete. */
      | "outdated"
      | "elapsed";
  }
  | TaskId & {
    readonly kind:
      | "failed"
      | "missed"
      /** The layout differs from the known one. */
      | "changed";
    readonly reason: string;
  };

/** What the actor must do next. All effects except `close` are tasks. */
export type MachineEffect =
  | TaskId & { readonly kind: "open" | "probe" | "discover" | "poll" }
  | TaskId & { readonly kind: "wait"; readonly attempt: number }
  | { readonly kind: "close"; readonly link: number };

/** The result of an event. */
export interface Transition {
  /** The new state. */
  readonly state: MachineState;
  /** To be performed in this order. */
  readonly effects: readonly MachineEffect[];
}

/** The initial state of every device. */
export const INITIAL_STATE = {
  kind: "disconnected",
  opening: false,
  link: 1,
  turn: 0,
  attempt: 0,
  changes: 0,
} as const satisfies MachineState;

/**
 * Computes the next state. Total: every event is accepted in every state; an event that
 * is not expected there (late, duplicate) changes nothing.
 */
export function transition(state: MachineState, event: MachineEvent): Transition {
  if (event.kind === "stop") return stopped(state);
  if (event.kind === "start") {
    return state.kind === "disconnected" && !state.opening
      ? connect(state)
      : unchanged(state);
  }
  if (event.link !== state.link || event.turn !== state.turn) {
    return ignoreLate(state, event);
  }
  switch (state.kind) {
    case "disconnected":
      if (!state.opening) break;
      if (event.kind === "opened") return task(state, { kind: "connected" }, "probe");
      if (event.kind === "failed") return backOff(state, event.reason);
      break;
    case "connected":
      if (event.kind === "recognised") return poll(state, 0);
      if (event.kind === "unrecognised") {
        return task(state, { kind: "discovering" }, "discover");
      }
      if (event.kind === "failed") return backOff(state, event.reason);
      break;
    case "discovering":
      if (event.kind === "found") return poll(state, 0);
      if (event.kind === "failed") return backOff(state, event.reason);
      break;
    case "polling":
      if (event.kind === "polled") return poll({ ...state, attempt: 0, changes: 0 }, 0);
      if (event.kind === "outdated") {
        const good = { ...state, attempt: 0, changes: 0 };
        return task(good, { kind: "discovering" }, "discover");
      }
      if (event.kind === "failed") return backOff(state, event.reason);
      if (event.kind === "missed") {
        const missed = state.missed + 1;
        return missed < MISSED_MAX ? poll(state, missed) : backOff(state, event.reason);
      }
      if (event.kind === "changed") {
        const changes = state.changes + 1;
        return changes < CHANGES_MAX
          ? task({ ...state, changes }, { kind: "discovering" }, "discover")
          : backOff(state, `repeatedly, ${event.reason}`);
      }
      break;
    case "backoff":
      if (event.kind === "elapsed") return connect(state);
      break;
    default:
      state satisfies never;
  }
  return ignoreLate(state, event);
}

function connect(state: MachineState): Transition {
  const { link, attempt, changes } = state;
  const turn = state.turn + 1;
  return {
    state: {
      kind: "disconnected",
      opening: true,
      link,
      turn,
      attempt: attempt + 1,
      changes,
    },
    effects: [{ kind: "open", link, turn }],
  };
}

function poll(state: MachineState, missed: number): Transition {
  return task(state, { kind: "polling", missed }, "poll");
}

function task(
  { link, turn, attempt, changes }: MachineState,
  phase: MachinePhase,
  what: "probe" | "discover" | "poll",
): Transition {
  return {
    state: { link, turn: turn + 1, attempt, changes, ...phase },
    effects: [{ kind: what, link, turn: turn + 1 }],
  };
}

function backOff(state: MachineState, reason: string): Transition {
  const { attempt } = state;
  const link = state.link + 1;
  const turn = state.turn + 1;
  return {
    state: { kind: "backoff", reason, link, turn, attempt, changes: 0 },
    effects: [
      { kind: "close", link: state.link },
      { kind: "wait", link, turn, attempt },
    ],
  };
}

function stopped({ link, turn }: MachineState): Transition {
  return {
    state: { ...INITIAL_STATE, link: link + 1, turn: turn + 1 },
    effects: [{ kind: "close", link }],
  };
}

/** Closes a link that opened too late, so that it does not leak. */
function ignoreLate(state: MachineState, event: TaskOutcome): Transition {
  return event.kind === "opened" && event.link !== state.link
    ? { state, effects: [{ kind: "close", link: event.link }] }
    : unchanged(state);
}

function unchanged(state: MachineState): Transition {
  return { state, effects: [] };
}
