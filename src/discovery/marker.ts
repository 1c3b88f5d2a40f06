/**
 * Finds the `SunS` marker of a unit.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import { ADDRESS_COUNT } from "../base/network/modbus_protocol.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import { MARKER_SIZE, SUNS_MARKER } from "../sunspec/spec.ts";
import { hexLiteral } from "./describe_fault.ts";
import type { DiscoveryFault, TriedBase } from "./discovery_fault.ts";

/**
 * Addresses of the marker, in the order tried (SunSpec Device Information Model
 * Specification, "Modbus map"). 0 comes last because some devices do not answer
 * there.
 */
export const STANDARD_BASES: readonly number[] = [40_000, 50_000, 0];

/** Maximum number of bases that one discovery tries. */
const BASES_MAX = 16;

/** The last address at which the marker fits. */
const LAST_BASE = ADDRESS_COUNT - MARKER_SIZE;

/** What to look for, and the limits of the search. */
export interface ProbeOptions {
  readonly unitId: number;
  /** Zero-based addresses of the marker to try, in this order; usually {@linkcode STANDARD_BASES}. */
  readonly bases: readonly number[];
  /** Timeout of each request, in ms. */
  readonly timeoutMs: number;
  /** The only function code to use; by default 3 is tried first. */
  readonly functionCode?: ReadFunction;
  /** Maximum number of registers per request, 1..125; the protocol's maximum by default. */
  readonly countMax?: number;
  /**
   * Number of bases that may time out before the unit has answered; 1 by default.
   * A higher number finds devices that do not answer at addresses without
   * registers, and costs one timeout each where there is no device.
   */
  readonly timeoutsMax?: number;
}

/** The address of the marker, and the function code it was read with. */
export interface MarkerLocation {
  readonly base: number;
  readonly functionCode: ReadFunction;
  /** The requested base, if the marker is one register before or after it. */
  readonly adjacentTo?: number;
}

/** One attempt to make. */
interface Candidate {
  readonly base: number;
  /** By default the function code that the unit supports. */
  readonly functionCode?: ReadFunction;
  readonly adjacentTo?: number;
}

/**
 * Tries the bases in turn with function code 3, or 4 if 3 is not supported. If the
 * unit answers but the marker is at none of them, it tries the registers before and
 * after each base (manuals count from 1 as often as from 0), then the input
 * registers.
 */
export async function findMarker(
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<Result<MarkerLocation, DiscoveryFault>> {
  const { unitId, timeoutMs, timeoutsMax = 1 } = options;
  const markerReader = createMarkerReader(reader, options, signal);
  const tried: TriedBase[] = [];
  const refused: number[] = [];
  let answered = false;
  let last: ModbusFault | undefined;
  let candidates: Candidate[] = [...new Set(options.bases)].slice(0, BASES_MAX)
    .map((base) => ({ base }));
  const furtherRounds = [
    () => refused.flatMap(adjacentBases),
    () => markerReader.maybeInputRegisters ? refused.map(inInputRegisters) : [],
  ];

  for (;;) {
    const candidate = candidates.shift();
    if (candidate === undefined) {
      const round = answered ? furtherRounds.shift() : undefined;
      if (round === undefined) break;
      candidates = round();
      continue;
    }
    const { base, adjacentTo } = candidate;
    const { answer, functionCode } = await markerReader.read(candidate);
    if (answer.ok) {
      if (isMarker(answer.value)) {
        const location = { base, functionCode };
        return good(adjacentTo === undefined ? location : { ...location, adjacentTo });
      }
      if (adjacentTo === undefined) candidates.unshift(...hinted(base, answer.value));
    } else if (isFinal(answer.fault)) {
      return bad(toDiscoveryFault(answer.fault, unitId));
    }
    last = answer.ok ? undefined : answer.fault;
    answered ||= answer.ok || answer.fault.kind === "exception";
    tried.push({ base, functionCode, outcome: describeOutcome(answer) });
    if (adjacentTo === undefined && last?.kind === "exception") refused.push(base);
    const absent = gatewayException(last);
    if (absent !== undefined && tried.length === 1) {
      return bad({ kind: "no-unit", unitId, code: absent });
    }
    if (!answered && tried.length >= timeoutsMax) break;
  }
  if (answered) return bad({ kind: "no-sunspec", unitId, tried });
  if (last?.kind === "closed") return bad({ kind: "unreachable", fault: last });
  return bad({ kind: "no-answer", step: "marker", unitId, timeoutMs, tried });
}

/** The response at a candidate, and the function code it was read with. */
interface MarkerAnswer {
  readonly answer: Result<Uint16Array, ModbusFault>;
  readonly functionCode: ReadFunction;
}

interface MarkerReader {
  /** Whether the unit may still have its models in the input registers. */
  readonly maybeInputRegisters: boolean;
  read(candidate: Candidate): Promise<MarkerAnswer>;
}

/** Reads candidates, and detects the function code that the unit supports. */
function createMarkerReader(
  reader: RegisterReader,
  { unitId, timeoutMs, functionCode: only }: ProbeOptions,
  signal: AbortSignal,
): MarkerReader {
  let supported: ReadFunction = only ?? 3;
  const read = (address: number, functionCode: ReadFunction) =>
    reader.read(
      { unitId, functionCode, address, count: MARKER_SIZE, timeoutMs },
      signal,
    );
  return {
    get maybeInputRegisters() {
      return only === undefined && supported === 3;
    },
    async read({ base, functionCode = supported }) {
      const answer = await read(base, functionCode);
      if (
        only !== undefined || functionCode !== 3 ||
        !isException(answer, EXCEPTION.illegalFunction)
      ) return { answer, functionCode };
      const other = await read(base, 4);
      // Some devices answer "illegal function" for every address that they lack.
      if (isException(other, EXCEPTION.illegalFunction)) {
        return { answer, functionCode };
      }
      supported = 4;
      return { answer: other, functionCode: supported };
    },
  };
}

function isMarker([high, low]: Uint16Array): boolean {
  return high === SUNS_MARKER[0] && low === SUNS_MARKER[1];
}

/** Half of the marker shows where the whole one is. */
function hinted(base: number, [high, low]: Uint16Array): Candidate[] {
  if (high === SUNS_MARKER[1] && base > 0) {
    return [{ base: base - 1, adjacentTo: base }];
  }
  return low === SUNS_MARKER[0] ? [{ base: base + 1, adjacentTo: base }] : [];
}

/**
 * The registers before and after a base that was refused. Where registers were
 * returned, {@linkcode hinted} has decided already.
 */
function adjacentBases(base: number): Candidate[] {
  return [base + 1, base - 1].filter((each) => each >= 0 && each <= LAST_BASE)
    .map((each) => ({ base: each, adjacentTo: base }));
}

function inInputRegisters(base: number): Candidate {
  return { base, functionCode: 4 };
}

/** Whether trying further bases is pointless. */
function isFinal(fault: ModbusFault): boolean {
  return fault.kind === "unreachable" || fault.kind === "protocol";
}

function toDiscoveryFault(fault: ModbusFault, unitId: number): DiscoveryFault {
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

function gatewayException(fault: ModbusFault | undefined): number | undefined {
  if (fault?.kind !== "exception") return undefined;
  const { gatewayPathUnavailable, gatewayTargetFailedToRespond } = EXCEPTION;
  const absent = fault.code === gatewayPathUnavailable ||
    fault.code === gatewayTargetFailedToRespond;
  return absent ? fault.code : undefined;
}

function describeOutcome(answer: Result<Uint16Array, ModbusFault>): string {
  if (!answer.ok) return describeFault(answer.fault);
  return [...answer.value].map((register) => hexLiteral(register, 4)).join(" ");
}
