/**
 * Finds out what a unit is: the `SunS` marker, the chain of models, the identity.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import { type RegisterReader, REGISTERS_PER_READ_MAX } from "../modbus/reader.ts";
import type { ChainEnd, ModelAt } from "../sunspec/chain.ts";
import type { DiscoveryFault, DiscoveryStep } from "./fault.ts";
import {
  COMMON_MODEL_ID,
  IDENTITY_REGISTERS,
  identityFrom,
  NO_IDENTITY,
} from "./identity.ts";
import type { DeviceLayout, Identity } from "./layout.ts";
import { findMarker, type Marker, type ProbeOptions } from "./marker.ts";

export { describeDiscoveryFault } from "./describe.ts";
export type { BaseTried, DiscoveryFault, DiscoveryStep } from "./fault.ts";
export { type ProbeOptions, STANDARD_BASES } from "./marker.ts";

// TEMPORARY-BEGIN
interface Span {
  readonly address: number;
  readonly count: number;
}
interface ChainResult {
  readonly models: readonly ModelAt[];
  readonly end: ChainEnd;
  readonly oddities: readonly string[];
}
type ReadAnswer =
  | { readonly ok: true; readonly registers: Uint16Array }
  | { readonly ok: false; readonly why: "exception" | "silent" };
function walkChain(_base: number): Generator<Span, ChainResult, ReadAnswer> {
  throw new Error("not yet");
}
// TEMPORARY-END

/**
 * How often a read of the chain or the identity is asked again that had no
 * answer: half a chain would be taken for the device.
 */
export const SILENCE_RETRIES = 1;

/** The most reads of one chain; the walk's own limits end it long before. */
export const CHAIN_READS_MAX = 4_096;

/** A read's answer, or why the discovery ends here. */
type Asked = Result<
  { readonly registers: Uint16Array } | { readonly fault: ModbusFault },
  DiscoveryFault
>;

/**
 * Looks for a SunSpec device at a unit: the marker at each base in turn, then
 * the chain of models, then who it says it is. Every loop in it is bounded; a
 * chain that lies gives what was found.
 *
 * @throws only the reason of `signal`.
 */
export async function discoverDevice(
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<Result<DeviceLayout, DiscoveryFault>> {
  const marker = await findMarker(reader, options, signal);
  if (!marker.ok) return marker;
  const unit: Unit = { reader, options, marker: marker.value, signal };

  const chain = await walk(unit);
  if (!chain.ok) return chain;
  const { models, end, oddities } = chain.value;
  const { base, functionCode } = marker.value;
  if (models.length === 0) {
    return bad({ kind: "no-models", base, detail: `the chain ended by ${end}` });
  }

  const identified = await identify(unit, chain.value);
  if (!identified.ok) return identified;
  const { identity, oddity } = identified.value;
  return good({
    unitId: options.unitId,
    functionCode,
    base,
    models,
    end,
    identity,
    oddities: oddity === undefined ? oddities : [...oddities, oddity],
  });
}

interface Unit {
  readonly reader: RegisterReader;
  readonly options: ProbeOptions;
  readonly marker: Marker;
  readonly signal: AbortSignal;
}

async function walk(unit: Unit): Promise<Result<ChainResult, DiscoveryFault>> {
  const steps = walkChain(unit.marker.base);
  let step = steps.next();
  for (let reads = 0; step.done !== true; reads++) {
    const asked = reads < CHAIN_READS_MAX ? await ask(unit, step.value) : undefined;
    if (asked?.ok === false) return asked;
    step = steps.next(asked === undefined ? SILENT : answerOf(asked.value));
  }
  return good(step.value);
}

const SILENT: ReadAnswer = { ok: false, why: "silent" };

function answerOf(
  asked: { readonly registers: Uint16Array } | { readonly fault: ModbusFault },
): ReadAnswer {
  if ("registers" in asked) return { ok: true, registers: asked.registers };
  return isLasting(asked.fault) ? { ok: false, why: "exception" } : SILENT;
}

/** An exception that says something of the address, not of the moment. */
function isLasting(fault: ModbusFault): boolean {
  if (fault.kind !== "exception") return false;
  return fault.code === EXCEPTION.illegalFunction ||
    fault.code === EXCEPTION.illegalDataAddress ||
    fault.code === EXCEPTION.illegalDataValue ||
    fault.code === EXCEPTION.deviceFailure;
}

async function identify(
  unit: Unit,
  chain: ChainResult,
): Promise<
  Result<{ readonly identity: Identity; readonly oddity?: string }, DiscoveryFault>
> {
  const common = chain.models.find(({ id }) => id === COMMON_MODEL_ID);
  if (common === undefined) {
    return good({
      identity: NO_IDENTITY,
      oddity: "there is no common model (model 1)",
    });
  }
  const countMax = unit.options.countMax ?? REGISTERS_PER_READ_MAX;
  const count = Math.min(IDENTITY_REGISTERS, 2 + common.length);
  const registers: number[] = [];
  while (registers.length < count) {
    const address = common.address + registers.length;
    const part = { address, count: Math.min(countMax, count - registers.length) };
    const asked = await ask(unit, part);
    if (!asked.ok) return asked;
    if ("fault" in asked.value) {
      const { fault } = asked.value;
      if (fault.kind !== "exception") return bad(silence(unit, "identity", fault));
      const oddity = `the common model (model 1) cannot be read: ${
        describeFault(fault)
      }`;
      return good({ identity: NO_IDENTITY, oddity });
    }
    registers.push(...asked.value.registers);
  }
  return good({ identity: identityFrom(registers) });
}

/** One read, asked again where there was no answer. Ends the discovery where nobody listens any more. */
async function ask(unit: Unit, span: Span): Promise<Asked> {
  const { reader, options, marker, signal } = unit;
  const { unitId, timeoutMs } = options;
  const { functionCode } = marker;
  for (let attempt = 0;; attempt++) {
    const answer = await reader.read(
      { unitId, functionCode, ...span, timeoutMs },
      signal,
    );
    if (answer.ok) return good({ registers: answer.value });
    const { fault } = answer;
    if (fault.kind === "unreachable") return bad({ kind: "unreachable", fault });
    if (fault.kind === "exception" || attempt >= SILENCE_RETRIES) {
      return good({ fault });
    }
  }
}

function silence(unit: Unit, step: DiscoveryStep, fault: ModbusFault): DiscoveryFault {
  const { unitId, timeoutMs } = unit.options;
  if (fault.kind === "closed") return { kind: "unreachable", fault };
  if (fault.kind === "protocol") {
    return { kind: "not-modbus", step, unitId, detail: fault.detail };
  }
  return { kind: "no-answer", step, unitId, timeoutMs, tried: [] };
}
