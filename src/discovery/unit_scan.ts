/**
 * All that stands behind one address: asks unit after unit, by the order of
 * `unit_walk.ts`, over a connection that is there already.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import { parseIdentity } from "../sunspec/identity.ts";
import { describeDiscoveryFault } from "./describe_fault.ts";
import type { DiscoveryFault } from "./fault.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { discoverDevice } from "./probe.ts";
import { identityKey } from "../device/duplicates.ts";
import { nextUnit, type UnitAnswer } from "./unit_walk.ts";

/** How an address is asked. */
export interface UnitScanOptions {
  /** The units to ask, in this order. */
  readonly unitIds: readonly number[];
  /** Whether to go on where absent units stay silent. */
  readonly thorough: boolean;
  /** Where the marker may stand. */
  readonly bases: readonly number[];
  /** Total deadline of each request, in ms. */
  readonly timeoutMs: number;
}

/** One device behind the address. */
export interface FoundUnit {
  /** Its layout, by the unit id at which it was found first. */
  readonly layout: DeviceLayout;
  /** Further unit ids at which the very same device answers. */
  readonly echoIds: readonly number[];
}

/** What a walk over the units gave. */
export interface UnitScan {
  readonly found: readonly FoundUnit[];
  /** The units that were asked, and what became of each. */
  readonly answers: ReadonlyMap<number, UnitAnswer>;
  /** Units that were not asked, in their order. */
  readonly notAsked: readonly number[];
  /** What the last unit of each kind that is no device had to say, in words. */
  readonly words: ReadonlyMap<UnitAnswer, string>;
  /** Whether `signal` ended the walk. */
  readonly cut: boolean;
}

/**
 * How often a connection is asked for again that the device refuses after it
 * was closed: one that allows a single session may take seconds to notice.
 */
export const RECALLS_MAX = 3;
/** The wait before each of those. */
export const RECALL_MS = 2_000;

/** The registers of model 1 that hold the identity, its header included. */
const IDENTITY_SIZE = 66;
const COMMON_MODEL = 1;

/** Asks the units; ends early, with what was found until then, when `signal` aborts. */
export async function scanUnits(
  reader: RegisterReader,
  options: UnitScanOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<UnitScan> {
  const { unitIds, thorough } = options;
  const found: { layout: DeviceLayout; echoIds: number[] }[] = [];
  const answers = new Map<number, UnitAnswer>();
  let recalls = 0;
  const words = new Map<UnitAnswer, string>();

  async function ask(unitId: number): Promise<UnitAnswer> {
    const known = found[0]?.layout;
    if (known !== undefined) {
      const glance = await glanceAt(reader, unitId, known, options, signal);
      if (glance.is !== "device") {
        if (glance.is !== "unclear") return glance.is;
      } else if (isEcho(unitId, glance.key)) return "found";
    }
    const { bases, timeoutMs } = options;
    const look = (at: readonly number[], silencesMax: number) =>
      discoverDevice(reader, { unitId, bases: at, timeoutMs, silencesMax }, signal);
    let looked = await look(bases, 1);
    // The first unit is asked at every base, though it be silent: it may be so
    // only where it has nothing. For each of them that would take too long.
    const others = bases.slice(1);
    const silent = !looked.ok && looked.fault.kind === "no-answer";
    if (answers.size === 0 && silent && others.length > 0) {
      looked = await look(others, others.length);
      const speaks = !looked.ok && looked.fault.kind === "no-sunspec";
      // What it did not say at the likeliest base may have got lost.
      if (speaks) looked = await look(bases.slice(0, 1), 1);
    }
    if (!looked.ok) {
      const answer = answerOf(looked.fault);
      words.set(answer, describeDiscoveryFault(looked.fault));
      return answer;
    }
    const layout = looked.value;
    if (!isEcho(unitId, identityKey(layout.identity))) {
      found.push({ layout, echoIds: [] });
    }
    return "found";
  }

  /** Whether a unit is a device that was found by another id; it is noted there. */
  function isEcho(unitId: number, key: string | undefined): boolean {
    const twin = key === undefined
      ? undefined
      : found.find(({ layout }) => identityKey(layout.identity) === key);
    twin?.echoIds.push(unitId);
    return twin !== undefined;
  }

  async function walk(): Promise<void> {
    for (;;) {
      const unitId = nextUnit(unitIds, [...answers.values()], thorough);
      if (unitId === undefined) return;
      let answer = await ask(unitId);
      while (answer === "lost" && recalls < RECALLS_MAX) {
        recalls++;
        await clock.sleep(RECALL_MS, signal);
        answer = await ask(unitId);
      }
      answers.set(unitId, answer);
    }
  }

  let cut = false;
  try {
    await walk();
    for (const unitId of doubtful(answers)) answers.set(unitId, await ask(unitId));
    // On from where a silence that was none had ended it.
    await walk();
  } catch (error) {
    if (!signal.aborted) throw error;
    cut = true;
  }
  const notAsked = unitIds.filter((unitId) => !answers.has(unitId));
  if (heedsNoUnitId(found.map(({ layout }) => layout), answers)) {
    const [first, ...echoes] = found.splice(0);
    const echoIds = echoes.map(({ layout }) => layout.unitId);
    if (first !== undefined) found.push({ layout: first.layout, echoIds });
  }
  return { found, answers, notAsked, words, cut };
}

/** So many units that said nothing are asked once more. */
const DOUBTFUL_MAX = 3;

/**
 * The units that said nothing, or hung up, at an address where more units are
 * answered for though they are absent: a request or an answer may have got lost.
 */
function doubtful(answers: ReadonlyMap<number, UnitAnswer>): readonly number[] {
  const of = (...wanted: UnitAnswer[]): readonly number[] =>
    [...answers].filter(([, answer]) => wanted.includes(answer)).map(([id]) => id);
  const mute = of("silent", "hung-up");
  return of("absent").length > mute.length ? mute.slice(0, DOUBTFUL_MAX) : [];
}

/** So many units that are all there, and all alike, are one device that heeds no unit id. */
const ALIKE_MIN = 8;

/** For devices without a serial; the others are known by it. */
function heedsNoUnitId(
  layouts: readonly DeviceLayout[],
  answers: ReadonlyMap<number, UnitAnswer>,
): boolean {
  if (layouts.length < ALIKE_MIN || layouts.length < answers.size) return false;
  const looks = layouts.map(({ base, models, identity }) =>
    JSON.stringify([base, models, identity])
  );
  return new Set(looks).size === 1;
}

type Glance =
  | { readonly is: "device"; readonly key: string }
  | { readonly is: UnitAnswer }
  /** It takes a whole discovery to say. */
  | { readonly is: "unclear" };

/**
 * One request, to where the device known already has its model 1: tells a device
 * that answers to several unit ids, and a unit at which nobody is.
 */
async function glanceAt(
  reader: RegisterReader,
  unitId: number,
  known: DeviceLayout,
  { timeoutMs }: UnitScanOptions,
  signal: AbortSignal,
): Promise<Glance> {
  const common = known.models.find(({ id }) => id === COMMON_MODEL);
  if (common === undefined || identityKey(known.identity) === undefined) {
    return { is: "unclear" };
  }
  const { functionCode } = known;
  const { address } = common;
  const count = Math.min(IDENTITY_SIZE, 2 + common.length);
  const answer = await reader.read(
    { unitId, functionCode, address, count, timeoutMs },
    signal,
  );
  if (!answer.ok) return { is: glimpseOf(answer.fault) };
  const [id, length] = answer.value;
  const sameHead = id === COMMON_MODEL && length === common.length;
  const key = sameHead ? identityKey(parseIdentity(answer.value)) : undefined;
  return key === undefined ? { is: "unclear" } : { is: "device", key };
}

function glimpseOf(fault: ModbusFault): UnitAnswer | "unclear" {
  switch (fault.kind) {
    case "exception": {
      const { gatewayPathUnavailable, gatewayTargetFailedToRespond } = EXCEPTION;
      const gone = fault.code === gatewayPathUnavailable ||
        fault.code === gatewayTargetFailedToRespond;
      return gone ? "absent" : "unclear";
    }
    case "timeout":
      return "silent";
    case "closed":
      return "hung-up";
    case "protocol":
      return "foreign";
    case "unreachable":
      return "lost";
  }
}

function answerOf(fault: DiscoveryFault): UnitAnswer {
  switch (fault.kind) {
    case "unreachable":
      return fault.fault.kind === "closed" ? "hung-up" : "lost";
    case "no-answer":
      return "silent";
    case "not-modbus":
      return "foreign";
    case "no-unit":
    case "no-sunspec":
    case "no-models":
      return "absent";
  }
}
