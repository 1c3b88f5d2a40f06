/**
 * Looks for the `SunS` marker of a unit.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import { hex } from "./describe_fault.ts";
import type { BaseTried, DiscoveryFault } from "./fault.ts";

/**
 * Where the marker may stand, in the order tried (SunSpec Device Information
 * Model Specification, "Modbus map"). 0 comes last: some devices do not answer
 * there.
 */
export const STANDARD_BASES: readonly number[] = [40_000, 50_000, 0];

/** How many bases one discovery tries, whatever it is asked for. */
export const BASES_MAX = 16;

/** The last base that leaves room for the marker. */
const LAST_BASE = 65_534;

/** `SunS` in two registers. */
export const MARKER = Uint16Array.of(0x5375, 0x6e53);

/** What to look for, and how patiently. */
export interface ProbeOptions {
  readonly unitId: number;
  /** Zero-based addresses of the marker to try in this order; {@linkcode STANDARD_BASES} as a rule. */
  readonly bases: readonly number[];
  /** Total deadline of each request, in ms. */
  readonly timeoutMs: number;
  /** The one function code to read by; without it 3 is tried first. */
  readonly functionCode?: ReadFunction;
  /** The most registers the device answers in one request, 1..125; the protocol's own if absent. */
  readonly countMax?: number;
  /**
   * How many bases may stay silent before anything has answered; 1 if absent.
   * More finds a device that is silent where it has nothing, and costs a
   * deadline each where nobody is.
   */
  readonly silencesMax?: number;
}

/** Where the marker stands, and by which function it was read. */
export interface Marker {
  readonly base: number;
  readonly functionCode: ReadFunction;
  /** The base that was asked for, if the marker stands one register beside it. */
  readonly beside?: number;
}

/** A place to look at. */
interface Place {
  readonly base: number;
  /** Absent = the one that the unit is read by. */
  readonly functionCode?: ReadFunction;
  readonly beside?: number;
}

/**
 * Tries the bases in turn, with function code 3, or 4 from where 3 is refused.
 * Where the unit answers and none holds the marker, the registers beside them are
 * looked at (manuals count from 1 as often as from 0), then the other table.
 */
export async function findMarker(
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<Result<Marker, DiscoveryFault>> {
  const { unitId, timeoutMs, silencesMax = 1 } = options;
  const looker = createLooker(reader, options, signal);
  const tried: BaseTried[] = [];
  const refused: number[] = [];
  let answered = false;
  let last: ModbusFault | undefined;
  let places: Place[] = [...new Set(options.bases)].slice(0, BASES_MAX)
    .map((base) => ({ base }));
  const rounds = [
    () => refused.flatMap(neighbours),
    () => looker.bothTables ? refused.map(otherTable) : [],
  ];

  for (;;) {
    const place = places.shift();
    if (place === undefined) {
      const next = answered ? rounds.shift() : undefined;
      if (next === undefined) break;
      places = next();
      continue;
    }
    const { base, beside } = place;
    const { seen, functionCode } = await looker.look(place);
    if (seen.ok) {
      if (isMarker(seen.value)) {
        const found = { base, functionCode };
        return good(beside === undefined ? found : { ...found, beside });
      }
      if (beside === undefined) places.unshift(...hinted(base, seen.value));
    } else if (ends(seen.fault)) {
      return bad(verdict(seen.fault, unitId));
    }
    last = seen.ok ? undefined : seen.fault;
    answered ||= seen.ok || seen.fault.kind === "exception";
    tried.push({ base, functionCode, saw: wordsOf(seen) });
    if (beside === undefined && last?.kind === "exception") refused.push(base);
    const gone = gatewaySaysNo(last);
    if (gone !== undefined && tried.length === 1) {
      return bad({ kind: "no-unit", unitId, code: gone });
    }
    if (!answered && tried.length >= silencesMax) break;
  }
  if (answered) return bad({ kind: "no-sunspec", unitId, tried });
  if (last?.kind === "closed") return bad({ kind: "unreachable", fault: last });
  return bad({ kind: "no-answer", step: "marker", unitId, timeoutMs, tried });
}

/** What stood at a place, and the function that it was read by. */
interface Seen {
  readonly seen: Result<Uint16Array, ModbusFault>;
  readonly functionCode: ReadFunction;
}

interface Looker {
  /** True while it may yet be that the unit keeps SunSpec in the other table. */
  readonly bothTables: boolean;
  look(place: Place): Promise<Seen>;
}

/** Looks at places, and finds out by which function. */
function createLooker(
  reader: RegisterReader,
  { unitId, timeoutMs, functionCode: only }: ProbeOptions,
  signal: AbortSignal,
): Looker {
  let own: ReadFunction = only ?? 3;
  const read = (address: number, functionCode: ReadFunction) =>
    reader.read(
      { unitId, functionCode, address, count: MARKER.length, timeoutMs },
      signal,
    );
  return {
    get bothTables() {
      return only === undefined && own === 3;
    },
    async look({ base, functionCode = own }) {
      const seen = await read(base, functionCode);
      if (
        only !== undefined || functionCode !== 3 ||
        !isException(seen, EXCEPTION.illegalFunction)
      ) return { seen, functionCode };
      const other = await read(base, 4);
      // Some devices say "illegal function" to any address that they lack.
      if (isException(other, EXCEPTION.illegalFunction)) return { seen, functionCode };
      own = 4;
      return { seen: other, functionCode: own };
    },
  };
}

function isMarker([high, low]: Uint16Array): boolean {
  return high === MARKER[0] && low === MARKER[1];
}

/** Half of the marker tells where all of it stands. */
function hinted(base: number, [high, low]: Uint16Array): Place[] {
  if (high === MARKER[1] && base > 0) return [{ base: base - 1, beside: base }];
  return low === MARKER[0] ? [{ base: base + 1, beside: base }] : [];
}

/** One register beside a base that was refused; where registers came, they said more. */
function neighbours(base: number): Place[] {
  return [base + 1, base - 1].filter((each) => each >= 0 && each <= LAST_BASE)
    .map((each) => ({ base: each, beside: base }));
}

/** The same base among the input registers. */
function otherTable(base: number): Place {
  return { base, functionCode: 4 };
}

/** Faults after which no other base need be tried. */
function ends(fault: ModbusFault): boolean {
  return fault.kind === "unreachable" || fault.kind === "protocol";
}

function verdict(fault: ModbusFault, unitId: number): DiscoveryFault {
  return fault.kind === "protocol"
    ? { kind: "not-modbus", step: "marker", unitId, detail: fault.detail }
    : { kind: "unreachable", fault };
}

function isException(
  answer: Result<unknown, ModbusFault>,
  code: number,
): boolean {
  return !answer.ok && answer.fault.kind === "exception" && answer.fault.code === code;
}

function gatewaySaysNo(fault: ModbusFault | undefined): number | undefined {
  if (fault?.kind !== "exception") return undefined;
  const { gatewayPathUnavailable, gatewayTargetFailedToRespond } = EXCEPTION;
  const says = fault.code === gatewayPathUnavailable ||
    fault.code === gatewayTargetFailedToRespond;
  return says ? fault.code : undefined;
}

function wordsOf(seen: Result<Uint16Array, ModbusFault>): string {
  if (!seen.ok) return describeFault(seen.fault);
  return [...seen.value].map((register) => hex(register, 4)).join(" ");
}
