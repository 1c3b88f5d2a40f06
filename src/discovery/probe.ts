/**
 * Discovers the device at a unit: the `SunS` marker, the model chain, the identity.
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
import type { DiscoveryFault, DiscoveryStep } from "./discovery_fault.ts";
import type { DeviceLayout } from "../device/layout.ts";
import type { Identity } from "../sunspec/identity.ts";
import { findMarker, type ProbeOptions } from "./marker.ts";
import {
  isPermanentRefusal,
  readInParts,
  readWithRetry,
  type Unit,
} from "./resilient_read.ts";
import {
  COMMON_MODEL_ID,
  IDENTITY_SIZE,
  MARKER_SIZE,
  MODEL_HEADER_SIZE,
  SUNS_MARKER,
} from "../sunspec/spec.ts";

export { describeDiscoveryFault } from "./describe_fault.ts";
export type { DiscoveryFault, DiscoveryStep, TriedBase } from "./discovery_fault.ts";
export { type ProbeOptions, STANDARD_BASES } from "./marker.ts";

/** Maximum number of reads of one chain; the limits of the walk end it much earlier. */
const CHAIN_READS_MAX = 4_096;

/**
 * Discovers a SunSpec device at a unit: finds the marker at one of the bases, walks
 * the model chain and reads the identity. Every loop is bounded; an inconsistent
 * chain yields the models up to the inconsistency.
 *
 * @throws only the abort reason of `signal`.
 */
export async function discoverDevice(
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<Result<DeviceLayout, DiscoveryFault>> {
  const marker = await findMarker(reader, options, signal);
  if (!marker.ok) return marker;
  const { base, functionCode, adjacentTo } = marker.value;
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
    return bad({ kind: "no-models", base, detail: `the chain ended with ${end}` });
  }
  const identified = await identify(unit, chain.value);
  if (!identified.ok) return identified;
  const { identity, oddity } = identified.value;
  const allOddities = [
    ...adjacentTo === undefined ? [] : [describeAdjacent(base, adjacentTo)],
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
    oddities: allOddities,
  });
}

function describeAdjacent(base: number, expected: number): string {
  const side = base < expected ? "before" : "after";
  return `the SunS marker is at ${base}, one register ${side} ${expected}`;
}

const NO_ANSWER: ReadAnswer = { ok: false, why: "silent" };

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
    if (reads >= CHAIN_READS_MAX) step = steps.next(NO_ANSWER);
    else if (address === base && count === MARKER_SIZE) {
      // The marker was read just now.
      step = steps.next({ ok: true, registers: Uint16Array.from(SUNS_MARKER) });
    } else {
      const answer = await readWithRetry(unit, step.value);
      if (answer.ok) step = steps.next({ ok: true, registers: answer.value });
      else if (answer.fault.kind === "unreachable") {
        return bad(toDiscoveryFault(unit, "chain", answer.fault));
      } else {
        const refused = isPermanentRefusal(answer.fault);
        step = steps.next(refused ? { ok: false, why: "exception" } : NO_ANSWER);
      }
    }
  }
  return good(step.value);
}

interface Identified {
  readonly identity: Identity;
  readonly oddity?: string;
}

/** Takes the identity from the registers that the walk read, or reads it separately. */
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
  const count = Math.min(IDENTITY_SIZE, MODEL_HEADER_SIZE + common.length);
  const read = await readInParts(unit, { address: common.address, count });
  if (!read.ok) return bad(toDiscoveryFault(unit, "identity", read.fault));
  const { registers, refusal } = read.value;
  const identity = parseIdentity(registers);
  if (refusal === undefined || identity.serial !== null) return good({ identity });
  const oddity = `the common model (model 1) is not readable: ${
    describeFault(refusal)
  }`;
  return good({ identity, oddity });
}

function toDiscoveryFault(
  unit: Unit,
  step: DiscoveryStep,
  fault: ModbusFault,
): DiscoveryFault {
  const { unitId, timeoutMs } = unit;
  if (fault.kind === "closed" || fault.kind === "unreachable") {
    return { kind: "unreachable", fault };
  }
  if (fault.kind === "protocol") {
    return { kind: "not-modbus", step, unitId, detail: fault.detail };
  }
  return { kind: "no-answer", step, unitId, timeoutMs, tried: [] };
}
