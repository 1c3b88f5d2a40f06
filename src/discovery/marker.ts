/**
 * Looks for the `SunS` marker of a unit.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import { hex } from "./describe.ts";
import type { BaseTried, DiscoveryFault } from "./fault.ts";

/**
 * Where the marker may stand, in the order tried (SunSpec Device Information
 * Model Specification, "Modbus map"). 0 comes last: some devices do not answer
 * there.
 */
export const STANDARD_BASES: readonly number[] = [40_000, 50_000, 0];

/** How many bases one discovery tries, whatever it is asked for. */
export const BASES_MAX = 16;

/** `SunS` in two registers. */
export const MARKER = Uint16Array.of(0x5375, 0x6e53);

/** What to look for, and how patiently. */
export interface ProbeOptions {
  readonly unitId: number;
  /** Zero-based addresses of the marker to try in this order; {@linkcode STANDARD_BASES} as a rule. */
  readonly bases: readonly number[];
  /** Total deadline of each request, in ms. */
  readonly timeoutMs: number;
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
}

/** Tries the bases in turn, with function code 3, or 4 from where 3 is refused. */
export async function findMarker(
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<Result<Marker, DiscoveryFault>> {
  const { unitId, timeoutMs, silencesMax = 1 } = options;
  const tried: BaseTried[] = [];
  let functionCode: ReadFunction = 3;
  let answered = false;
  let last: ModbusFault | undefined;

  for (const base of [...new Set(options.bases)].slice(0, BASES_MAX)) {
    const ask = (code: ReadFunction) =>
      reader.read(
        { unitId, functionCode: code, address: base, count: 2, timeoutMs },
        signal,
      );
    let seen = await ask(functionCode);
    if (functionCode === 3 && isException(seen, EXCEPTION.illegalFunction)) {
      const other = await ask(4);
      // Some devices say "illegal function" to any address that they lack.
      if (!isException(other, EXCEPTION.illegalFunction)) {
        functionCode = 4;
        seen = other;
      }
    }
    if (seen.ok) {
      const [high, low] = seen.value;
      if (high === MARKER[0] && low === MARKER[1]) return good({ base, functionCode });
    } else if (ends(seen.fault)) {
      return bad(verdict(seen.fault, unitId));
    }
    last = seen.ok ? undefined : seen.fault;
    answered ||= seen.ok || seen.fault.kind === "exception";
    tried.push({ base, functionCode, saw: wordsOf(seen) });
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
