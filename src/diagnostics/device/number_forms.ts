/**
 * Recognises devices whose numbers deviate from the specification in their form: the
 * words of a number in the wrong order, counters in signed numbers. Pure.
 *
 * @module
 */

import type { DecodedModel, Points } from "../../sunspec/decode/decode.ts";
import { isCounterPoint } from "../../sunspec/definition/counter_points.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
  PointType,
} from "../../sunspec/definition/definition.ts";
import { type Finding, finding } from "../finding.ts";

/** The same number in two readings, unscaled. */
interface NumberPair {
  /** `model 203 TotWhExp`. */
  readonly place: string;
  readonly point: PointDefinition;
  readonly first: number;
  readonly second: number;
}

const WORD = 0x1_0000;
/** Half of the range of a 32-bit number: "not implemented" of the signed type. */
const SIGN_32 = 0x8000_0000;
/** Magnitudes of floats that measurements have. */
const FLOAT_RANGE = { min: 1e-9, max: 1e13 };
/** A counter may be a multiple of 65,536 by accident: so much more evidence is required than against it. */
const EVIDENCE_FACTOR = 4;
/** Number of items that are listed. */
const LISTED_MAX = 3;

/** Assesses the form of numbers by two readings in succession; recommends quirks. */
export function assessNumberForms(
  first: readonly DecodedModel[],
  second: readonly DecodedModel[],
  definitions: ReadonlyMap<number, ModelDefinition>,
): readonly Finding[] {
  const pairs = first.flatMap((model) => {
    const other = second.find(({ address }) => address === model.address);
    const group = definitions.get(model.id)?.group;
    return other === undefined || group === undefined
      ? []
      : pairsOf(group, model.points, other.points, [], `model ${model.id} `);
  });
  const order = assessWordOrder(pairs);
  return order === undefined ? assessSigns(pairs) : [order];
}

/** Undefined = nothing indicates another order. */
function assessWordOrder(pairs: readonly NumberPair[]): Finding | undefined {
  const found = pairs.map((pair) => ({ pair, order: orderOf(pair) }));
  const swapped = found.filter(({ order }) => order === "little");
  const correct = found.filter(({ order }) => order === "big");
  if (swapped.length <= correct.length * EVIDENCE_FACTOR) return undefined;
  return finding(
    "word order",
    "failure",
    `numbers begin with their least significant word: ${
      list(swapped.map(({ pair: { place, second } }) => `${place} reads ${second}`))
    }`,
    'set word_order = "little", or these values are wrong',
    { wordOrder: "little" },
  );
}

/** The word order that two readings of a number show; undefined = either is possible. */
function orderOf(
  { point: { type }, first, second }: NumberPair,
): "big" | "little" | undefined {
  switch (type) {
    case "float32":
      return orderOfFloat(second);
    case "acc32":
    case "uint32":
      return orderOfInteger(second) ?? orderOfRise(first, second);
    case "acc64":
    case "uint64":
      // Only the lower half of a counter with 64 bits is in use.
      if (second >= 2 ** 48) return "little";
      return second > 0 ? "big" : undefined;
    default:
      return undefined;
  }
}

function orderOfFloat(value: number): "big" | "little" | undefined {
  if (value === 0) return undefined;
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  view.setUint32(0, view.getUint16(2) * WORD + view.getUint16(0));
  const other = view.getFloat32(0);
  if (isMeasurement(value) === isMeasurement(other)) return undefined;
  return isMeasurement(value) ? "big" : "little";
}

function isMeasurement(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 || (size >= FLOAT_RANGE.min && size <= FLOAT_RANGE.max);
}

function orderOfInteger(value: number): "big" | "little" | undefined {
  if (value === 0 || value === SIGN_32) return undefined;
  if (value % WORD === 0) return "little";
  return value < WORD ? "big" : undefined;
}

/** A counter rises in its least significant word. */
function orderOfRise(first: number, second: number): "big" | "little" | undefined {
  const rise = second - first;
  if (rise === 0) return undefined;
  if (rise % WORD === 0) return "little";
  return rise > 0 && rise < WORD ? "big" : undefined;
}

function assessSigns(pairs: readonly NumberPair[]): readonly Finding[] {
  const signed = pairs.filter(({ point, first, second }) =>
    point.type === "acc32" && point.signed !== true &&
    (second === SIGN_32 || (first >= SIGN_32 && second < first))
  );
  if (signed.length === 0) return [];
  return [finding(
    "signed counters",
    "failure",
    `counters fall, or read "not implemented" of a signed number: ${
      list(signed.map(({ place, second }) => `${place} reads ${second}`))
    }`,
    "set signed_accumulators = true, or these counters are null in every record",
    { signedAccumulators: true },
  )];
}

/** The counters and floats of a group and the groups inside it that both readings have. */
function pairsOf(
  group: GroupDefinition,
  first: Points,
  second: Points,
  outer: readonly Points[],
  prefix: string,
): NumberPair[] {
  const scopes = [second, ...outer];
  const own = group.points.filter(isMultiWord).flatMap((point): NumberPair[] => {
    const pair = [first, second].map((points) => unscaled(points, point, scopes));
    const [one, other] = pair;
    if (typeof one !== "number" || typeof other !== "number") return [];
    return [{ place: `${prefix}${point.name}`, point, first: one, second: other }];
  });
  const inner = group.groups.flatMap((each) => {
    const ones = instancesOf(first, each.name);
    const others = instancesOf(second, each.name);
    return ones.flatMap((one, at) => {
      const other = others[at];
      const path = `${prefix}${each.name}[${at}].`;
      return other === undefined ? [] : pairsOf(each, one, other, scopes, path);
    });
  });
  return [...own, ...inner];
}

/** A point whose order can be seen: a counter or a float. The order of settings and bits cannot. */
function isMultiWord(point: PointDefinition): boolean {
  const type: PointType = point.type;
  if (point.words === "little") return false;
  return type === "float32" || (point.size > 1 && isCounterPoint(point));
}

/** The number as the device sent it; undefined = it is missing. */
function unscaled(
  points: Points,
  { name, scale = 0 }: PointDefinition,
  scopes: readonly Points[],
): number | undefined {
  const value = points[name];
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  const exponent = typeof scale === "number"
    ? scale
    : scopes.find((scope) => scale in scope)?.[scale];
  if (exponent === 0 || typeof exponent !== "number") return Number(value);
  return Math.round(Number(value) / 10 ** exponent);
}

function instancesOf(points: Points, name: string): readonly Points[] {
  const instances = points[name];
  return Array.isArray(instances) ? instances : [];
}

function list(texts: readonly string[]): string {
  const more = texts.length - LISTED_MAX;
  return texts.slice(0, LISTED_MAX).join("; ") + (more > 0 ? `; and ${more} more` : "");
}
