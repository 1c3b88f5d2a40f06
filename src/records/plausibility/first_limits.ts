/**
 * What the other values of a poll, the rating and the age of a device allow as the first
 * value of a counter. Pure.
 *
 * @module
 */

import type { DecodedModel, Points } from "../../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  PointDefinition,
} from "../../sunspec/definition/definition.ts";
import { countersOf, exponentOf, lifetimeMaxOf } from "./counter_points.ts";
import { hasNonZero } from "./point_search.ts";

/** One counter of a poll. */
export interface PolledCounter {
  readonly group: GroupDefinition;
  readonly point: PointDefinition;
  readonly path: string;
  /** The values of its group. */
  readonly points: Points;
  readonly outer: readonly Points[];
  /** All instances of its group; undefined = the top group. */
  readonly peers: readonly Points[] | undefined;
}

/** Models of inputs that may be other devices, such as a battery behind a hybrid inverter. */
const INPUT_MODELS: ReadonlySet<number> = new Set([160, 714]);

/**
 * Whether a counter may really be 0 because another one has counted. Of an input only a
 * counter of the same input shows this, such as the injected energy of a port: a
 * battery's input may read 0 until the battery is in use.
 */
export function hasCountingSibling(
  model: DecodedModel,
  top: GroupDefinition,
  { group, points, peers }: PolledCounter,
): boolean {
  return peers !== undefined && INPUT_MODELS.has(model.id)
    ? hasNonZero(points, group, countersOf)
    : hasNonZero(model.points, top, countersOf);
}

/** A counter above this multiple of the same counter of every other input requires proof. */
const PEERS_MAX_FACTOR = 1_000_000;
/** Value that requires no proof whatever the others have counted: they may be new. */
const PEERS_MAX_MIN = 1e9;

/** The largest first value that the same counters of the other instances allow. */
function peersMaxOf({ point, points, peers = [] }: PolledCounter): number {
  const others = peers.filter((peer) => peer !== points)
    .map((peer) => Number(peer[point.name] ?? 0));
  const largest = Math.max(0, ...others);
  return largest > 0 ? Math.max(largest * PEERS_MAX_FACTOR, PEERS_MAX_MIN) : Infinity;
}

/**
 * A counter of 32 bits in the upper half of its range may be a signed number below 0: it
 * requires proof, because such a counter falls.
 */
function signMaxOf(
  { type, signed }: PointDefinition,
  modulus: number,
  largest: number,
): number {
  const mayBeSigned = type === "acc32" && signed !== true && Number.isFinite(modulus);
  return mayBeSigned ? Math.min(largest, modulus / 2 * (1 - 2 ** -31)) : largest;
}

/** The largest value that is accepted as the first one of a counter without proof. */
export function firstMaxOf(
  counter: PolledCounter,
  modulus: number,
  ratedW: number | null,
): number {
  const { point } = counter;
  const largest = Math.min(lifetimeMaxOf(point, ratedW), peersMaxOf(counter));
  return signMaxOf(point, modulus, largest);
}

/**
 * Whether the lower half of a counter of 32 bits is 0 and the upper is not. Of 65,536 real
 * counters one is like that; with swapped words every small one is. It requires proof: a
 * real counter rises in its lower half.
 */
export function mayBeSwapped(
  { point, points, outer }: PolledCounter,
  value: number,
): boolean {
  const { type, scale = 0 } = point;
  if (value === 0 || !INTEGERS_32.has(type)) return false;
  const exponent = exponentOf(scale, [points, ...outer]);
  return exponent !== undefined && Math.round(value / 10 ** exponent) % 2 ** 16 === 0;
}

const INTEGERS_32: ReadonlySet<string> = new Set(["acc32", "uint32"]);

/** Whether a counter that stays at this value from the start does not count at all. */
export function mayBeIdle(
  { point, points, outer, peers }: PolledCounter,
  value: number,
  modulus: number,
): boolean {
  // "Not implemented" of a signed number.
  if (value !== 0) return point.type === "acc32" && value === modulus / 2;
  const { scale } = point;
  const exponent = scale === undefined ? 0 : exponentOf(scale, [points, ...outer]);
  return peers !== undefined || (exponent !== undefined && exponent <= 0);
}
