/**
 * Finds all devices behind one address: probes unit after unit, in the order of
 * `unit_walk.ts`, over an open connection.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import { describeDiscoveryFault } from "./describe_fault.ts";
import type { DiscoveryFault } from "./discovery_fault.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { discoverDevice } from "./probe.ts";
import { identityKey } from "../device/duplicates.ts";
import { quickProbe } from "./quick_probe.ts";
import { nextUnit, type UnitAnswer } from "./unit_walk.ts";

/** How an address is scanned. */
export interface UnitScanOptions {
  /** The units to probe, in this order. */
  readonly unitIds: readonly number[];
  /** Whether to continue where absent units do not answer. */
  readonly thorough: boolean;
  /** Addresses of the marker to try. */
  readonly bases: readonly number[];
  /** Timeout of each request, in ms. */
  readonly timeoutMs: number;
}

/** One device behind the address. */
export interface FoundUnit {
  /** Its layout at the unit id at which it was found first. */
  readonly layout: DeviceLayout;
  /** Further unit ids at which the same device answers. */
  readonly aliasIds: readonly number[];
}

/** The result of scanning the units of an address. */
export interface UnitScanResult {
  readonly found: readonly FoundUnit[];
  /** The units that were probed, with their answers. */
  readonly answers: ReadonlyMap<number, UnitAnswer>;
  /** Units that were not probed, in order. */
  readonly notAsked: readonly number[];
  /** For each kind of negative answer, the description of the last one. */
  readonly details: ReadonlyMap<UnitAnswer, string>;
  /** Whether `signal` ended the scan early. */
  readonly cut: boolean;
}

/**
 * How often a refused connection is retried after it was closed: a device with a
 * single session may take seconds to notice the close.
 */
const RECONNECTS_MAX = 3;
/** Delay before each retry, in ms. */
const RECONNECT_DELAY_MS = 2_000;

/** A scan under way. */
interface Scan {
  readonly reader: RegisterReader;
  readonly options: UnitScanOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly found: { layout: DeviceLayout; aliasIds: number[] }[];
  readonly answers: Map<number, UnitAnswer>;
  readonly details: Map<UnitAnswer, string>;
  reconnects: number;
}

/** Probes the units. When `signal` aborts, it returns what has been found so far. */
export async function scanUnits(
  reader: RegisterReader,
  options: UnitScanOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<UnitScanResult> {
  const scan: Scan = {
    reader,
    options,
    clock,
    signal,
    found: [],
    answers: new Map(),
    details: new Map(),
    reconnects: 0,
  };
  const { found, answers, details } = scan;
  let cut = false;
  try {
    await walk(scan);
    for (const unitId of doubtful(answers)) {
      answers.set(unitId, await probeUnit(scan, unitId));
    }
    // A lost response may have stopped the first walk.
    await walk(scan);
  } catch (error) {
    if (!signal.aborted) throw error;
    cut = true;
  }
  const notAsked = options.unitIds.filter((unitId) => !answers.has(unitId));
  if (ignoresUnitId(found.map(({ layout }) => layout), answers)) {
    const [first, ...others] = found.splice(0);
    const aliasIds = others.map(({ layout }) => layout.unitId);
    if (first !== undefined) found.push({ layout: first.layout, aliasIds });
  }
  return { found, answers, notAsked, details, cut };
}

async function walk(scan: Scan): Promise<void> {
  const { options: { unitIds, thorough }, answers, clock, signal } = scan;
  for (;;) {
    const unitId = nextUnit(unitIds, [...answers.values()], thorough);
    if (unitId === undefined) return;
    let answer = await probeUnit(scan, unitId);
    while (answer === "lost" && scan.reconnects < RECONNECTS_MAX) {
      scan.reconnects++;
      await clock.sleep(RECONNECT_DELAY_MS, signal);
      answer = await probeUnit(scan, unitId);
    }
    answers.set(unitId, answer);
  }
}

async function probeUnit(scan: Scan, unitId: number): Promise<UnitAnswer> {
  const { reader, options, signal, found, answers, details } = scan;
  const known = found[0]?.layout;
  if (known !== undefined) {
    const quick = await quickProbe(reader, unitId, known, options.timeoutMs, signal);
    if (quick.kind === "device") {
      if (isAlias(scan, unitId, quick.key)) return "found";
    } else if (quick.kind !== "unclear") return quick.kind;
  }
  const { bases, timeoutMs } = options;
  const discover = (tried: readonly number[], timeoutsMax: number) =>
    discoverDevice(reader, { unitId, bases: tried, timeoutMs, timeoutsMax }, signal);
  let result = await discover(bases, 1);
  // The first unit is tried at every base even if it does not answer, because some
  // devices answer only at their own base. For all units this would take too long.
  const others = bases.slice(1);
  const silent = !result.ok && result.fault.kind === "no-answer";
  if (answers.size === 0 && silent && others.length > 0) {
    result = await discover(others, others.length);
    const answersElsewhere = !result.ok && result.fault.kind === "no-sunspec";
    // The response at the most likely base may have been lost.
    if (answersElsewhere) result = await discover(bases.slice(0, 1), 1);
  }
  if (!result.ok) {
    const answer = toUnitAnswer(result.fault);
    details.set(answer, describeDiscoveryFault(result.fault));
    return answer;
  }
  const layout = result.value;
  if (!isAlias(scan, unitId, identityKey(layout.identity))) {
    found.push({ layout, aliasIds: [] });
  }
  return "found";
}

/** Whether a unit is a device that was already found at another id; if so, the id is added to it. */
function isAlias({ found }: Scan, unitId: number, key: string | undefined): boolean {
  const device = key === undefined
    ? undefined
    : found.find(({ layout }) => identityKey(layout.identity) === key);
  device?.aliasIds.push(unitId);
  return device !== undefined;
}

/** Maximum number of silent units that are probed a second time. */
const REPEATED_PROBES_MAX = 3;

/**
 * The units that did not answer, or dropped the connection, at an address where
 * more absent units are answered for: a request or a response may have been lost.
 */
function doubtful(answers: ReadonlyMap<number, UnitAnswer>): readonly number[] {
  const idsWith = (...wanted: UnitAnswer[]): readonly number[] =>
    [...answers].filter(([, answer]) => wanted.includes(answer)).map(([id]) => id);
  const silent = idsWith("silent", "dropped");
  return idsWith("absent").length > silent.length
    ? silent.slice(0, REPEATED_PROBES_MAX)
    : [];
}

/** Number of identical units from which they count as one device that ignores the unit id. */
const IDENTICAL_UNITS_MIN = 8;

/** For devices without a serial number; other duplicates are recognised by it. */
function ignoresUnitId(
  layouts: readonly DeviceLayout[],
  answers: ReadonlyMap<number, UnitAnswer>,
): boolean {
  if (layouts.length < IDENTICAL_UNITS_MIN || layouts.length < answers.size) {
    return false;
  }
  const appearances = layouts.map(({ base, models, identity }) =>
    JSON.stringify([base, models, identity])
  );
  return new Set(appearances).size === 1;
}

function toUnitAnswer(fault: DiscoveryFault): UnitAnswer {
  switch (fault.kind) {
    case "unreachable":
      return fault.fault.kind === "closed" ? "dropped" : "lost";
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
