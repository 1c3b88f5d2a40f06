/**
 * Moves the counter states of inputs and ports (models 160 and 714) with the inputs: when
 * one is removed, the others move up, and each has its own history. Pure but for the maps.
 *
 * @module
 */

import type { PointValue } from "../../sunspec/decode/decode.ts";
import type { CounterState } from "./counter_state.ts";

/** Number of absent inputs of a model whose counters are remembered. */
const ABSENT_MAX = 64;

/** Counter states by point path. */
type Counters = Map<string, CounterState>;

/** Which input was at which place when they were last told apart. */
export interface InputPlaces {
  readonly ids: readonly string[];
  /** The counters of inputs that are absent now, by input and by the point's path in it. */
  readonly absent: Map<string, Counters>;
}

/** The inputs of a group. */
export interface NamedInputs {
  readonly path: string;
  /** The texts of all inputs, then their numbers. */
  readonly names: readonly (readonly PointValue[])[];
}

/**
 * Moves the states of inputs that have changed their place since the previous poll. An
 * input that was never seen continues the counters of its place if the input that was
 * there is absent: its text may be garbled.
 *
 * @param counters the states, by path; modified.
 * @param places the inputs by the path of their group; modified.
 */
export function moveInputs(
  counters: Counters,
  places: Map<string, InputPlaces>,
  { path, names }: NamedInputs,
): void {
  const ids = idsOf(names);
  if (ids === undefined) return;
  const known = places.get(path);
  const absent = known?.absent ?? new Map<string, Counters>();
  if (known === undefined) {
    places.set(path, { ids, absent });
    return;
  }
  const before = known.ids;
  if (ids.length === before.length && ids.every((id, at) => id === before[at])) return;
  const taken = before.map((_, at) => takePlace(counters, `${path}[${at}].`));
  const returned = ids.map((id) => absent.get(id));
  for (const [at, id] of before.entries()) {
    const states = taken[at];
    if (states !== undefined && !ids.includes(id)) remember(absent, id, states);
  }
  for (const [at, id] of ids.entries()) {
    const last = before[at];
    const ofPlace = last === undefined || ids.includes(last) ? undefined : taken[at];
    const states = taken[before.indexOf(id)] ?? returned[at] ?? ofPlace ?? new Map();
    for (const [name, state] of states) counters.set(`${path}[${at}].${name}`, state);
    absent.delete(id);
  }
  places.set(path, { ids, absent });
}

/** What tells the inputs apart: their texts, or else their numbers; undefined = nothing does. */
function idsOf(names: NamedInputs["names"]): readonly string[] | undefined {
  for (const values of names) {
    const ids = values.map((id) =>
      typeof id === "number" || typeof id === "string" ? `${id}` : ""
    );
    if (ids.length > 0 && !ids.includes("") && new Set(ids).size === ids.length) {
      return ids;
    }
  }
  return undefined;
}

/** Removes the states of a place, and returns them by the point's path in it. */
function takePlace(counters: Counters, prefix: string): Counters {
  const taken: Counters = new Map();
  for (const [path, state] of counters) {
    if (!path.startsWith(prefix)) continue;
    taken.set(path.slice(prefix.length), state);
    counters.delete(path);
  }
  return taken;
}

function remember(absent: Map<string, Counters>, id: string, states: Counters): void {
  absent.delete(id);
  absent.set(id, states);
  for (const oldest of absent.keys()) {
    if (absent.size <= ABSENT_MAX) return;
    absent.delete(oldest);
  }
}
