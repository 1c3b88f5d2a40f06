/**
 * Finds out what a unit is: the `SunS` marker, the chain of models, the identity.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import {
  CHAIN_LIMITS,
  type ChainResult,
  type ReadAnswer,
  walkChain,
} from "../sunspec/chain.ts";
import { parseIdentity, UNKNOWN_IDENTITY } from "../sunspec/identity.ts";
import type { DiscoveryFault, DiscoveryStep } from "./fault.ts";
import type { DeviceLayout, Identity } from "../device/layout.ts";
import { findMarker, MARKER, type ProbeOptions } from "./marker.ts";
import { isLasting, readOnce, readPartly, type Unit } from "./resilient_read.ts";

export { describeDiscoveryFault } from "./describe_fault.ts";
export type { BaseTried, DiscoveryFault, DiscoveryStep } from "./fault.ts";
export { type ProbeOptions, STANDARD_BASES } from "./marker.ts";

/** The most reads of one chain; the walk's own limits end it long before. */
export const CHAIN_READS_MAX = 4_096;

/** The registers of model 1 that hold the identity: header, Mn, Md, Opt, Vr, SN. */
const IDENTITY_REGISTERS = 66;

const COMMON_MODEL_ID = 1;

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
  const { base, functionCode, beside } = marker.value;
  const { unitId, timeoutMs, countMax } = options;
  const unit: Unit = {
    reader,
    unitId,
    functionCode,
    timeoutMs,
    signal,
    ...(countMax === undefined ? {} : { countMax }),
  };

  const chain = await walk(unit, base);
  if (!chain.ok) return chain;
  const { models, end, oddities } = chain.value;
  if (chain.value.marker === "silent") {
    return bad({ kind: "no-answer", step: "chain", unitId, timeoutMs, tried: [] });
  }
  if (models.length === 0) {
    return bad({ kind: "no-models", base, detail: `the chain ended by ${end}` });
  }
  const identified = await identify(unit, chain.value);
  if (!identified.ok) return identified;
  const { identity, oddity } = identified.value;
  const odd = [
    ...beside === undefined ? [] : [besideWords(base, beside)],
    ...oddities,
    ...oddity === undefined ? [] : [oddity],
  ];
  return good({
    unitId,
    functionCode,
    base,
    models,
    end,
    identity,
    oddities: odd,
  });
}

function besideWords(base: number, beside: number): string {
  const side = base < beside ? "before" : "after";
  return `the SunS marker stands at ${base}, one register ${side} ${beside}`;
}

const SILENT: ReadAnswer = { ok: false, why: "silent" };

async function walk(
  unit: Unit,
  base: number,
): Promise<Result<ChainResult, DiscoveryFault>> {
  const { countMax } = unit;
  const limits = { ...CHAIN_LIMITS, ...(countMax === undefined ? {} : { countMax }) };
  const steps = walkChain(base, limits);
  let step = steps.next();
  for (let reads = 0; step.done !== true; reads++) {
    const { address, count } = step.value;
    if (reads >= CHAIN_READS_MAX) step = steps.next(SILENT);
    else if (address === base && count === MARKER.length) {
      step = steps.next({ ok: true, registers: MARKER }); // It was seen just now.
    } else {
      const answer = await readOnce(unit, step.value);
      if (answer.ok) step = steps.next({ ok: true, registers: answer.value });
      else if (answer.fault.kind === "unreachable") {
        return bad(silence(unit, "chain", answer.fault));
      } else {
        const refused = isLasting(answer.fault);
        step = steps.next(refused ? { ok: false, why: "exception" } : SILENT);
      }
    }
  }
  return good(step.value);
}

interface Identified {
  readonly identity: Identity;
  readonly oddity?: string;
}

/** The identity from what the walk read; read by itself where the walk could not. */
async function identify(
  unit: Unit,
  chain: ChainResult,
): Promise<Result<Identified, DiscoveryFault>> {
  if (chain.common !== undefined) {
    return good({ identity: parseIdentity(chain.common) });
  }
  const common = chain.models.find(({ id }) => id === COMMON_MODEL_ID);
  if (common === undefined) {
    const oddity = "there is no common model (model 1)";
    return good({ identity: UNKNOWN_IDENTITY, oddity });
  }
  const count = Math.min(IDENTITY_REGISTERS, 2 + common.length);
  const read = await readPartly(unit, { address: common.address, count });
  if (!read.ok) return bad(silence(unit, "identity", read.fault));
  const { registers, refused } = read.value;
  const identity = parseIdentity(registers);
  if (refused === undefined || identity.serial !== null) return good({ identity });
  const oddity = `the common model (model 1) cannot be read: ${describeFault(refused)}`;
  return good({ identity, oddity });
}

function silence(unit: Unit, step: DiscoveryStep, fault: ModbusFault): DiscoveryFault {
  const { unitId, timeoutMs } = unit;
  if (fault.kind === "closed" || fault.kind === "unreachable") {
    return { kind: "unreachable", fault };
  }
  if (fault.kind === "protocol") {
    return { kind: "not-modbus", step, unitId, detail: fault.detail };
  }
  return { kind: "no-answer", step, unitId, timeoutMs, tried: [] };
}
