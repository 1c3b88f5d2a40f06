/**
 * Reads all registers of a device without decoding them, and records each request.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import { describeFault } from "../modbus/faults.ts";
import { ADDRESS_COUNT } from "../base/network/modbus_protocol.ts";
import type { ModbusSession, RegisterReader } from "../modbus/reader.ts";
import type { Span } from "../sunspec/plan/read_plan.ts";
import { MARKER_SIZE, MODEL_HEADER_SIZE } from "../sunspec/spec.ts";
import type { DiscoveryFault } from "./discovery_fault.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { readInParts, type Unit } from "./resilient_read.ts";
import { discoverDevice, type ProbeOptions } from "./probe.ts";

/** One request and its outcome. */
export interface TimedRequest {
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
  /** Time until the response, in ms. */
  readonly ms: number;
  /** `answered`, or the fault as text. */
  readonly outcome: string;
}

/** All registers of a device. */
export interface RegisterDump {
  readonly layout: DeviceLayout;
  /** From the marker to the end of the chain; null = not readable. */
  readonly registers: readonly (number | null)[];
  readonly connectMs: number;
  /** In order; the first {@linkcode REQUESTS_MAX} of them. */
  readonly requests: readonly TimedRequest[];
  /** Why registers are missing, as text; null = complete. */
  readonly brokeOff: string | null;
}

/** Maximum number of recorded requests. */
export const REQUESTS_MAX = 4_096;

/**
 * Discovers the device and reads every register of its chain, model by model.
 *
 * @throws only the abort reason of `signal`.
 */
export async function readRegisterDump(
  session: ModbusSession,
  options: ProbeOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<RegisterDump, DiscoveryFault>> {
  const requests: TimedRequest[] = [];
  const reader = recordRequests(session, clock, requests);
  const startMs = clock.monotonicMs();
  const connected = await session.connect(signal);
  if (!connected.ok) return bad({ kind: "unreachable", fault: connected.fault });
  const connectMs = clock.monotonicMs() - startMs;
  const found = await discoverDevice(reader, options, signal);
  if (!found.ok) return found;
  const layout = found.value;
  const { unitId, functionCode } = layout;
  const { timeoutMs, countMax } = options;
  const unit: Unit = {
    reader,
    unitId,
    functionCode,
    timeoutMs,
    signal,
    ...(countMax !== undefined && { countMax }),
  };
  const { registers, brokeOff } = await readChain(unit, layout);
  return good({ layout, registers, connectMs, requests, brokeOff });
}

/** Reads the marker, every model and the end model; continues after a refused span. */
async function readChain(
  unit: Unit,
  { base, models }: DeviceLayout,
): Promise<Pick<RegisterDump, "registers" | "brokeOff">> {
  const last = models.at(-1);
  const chainEnd = last === undefined
    ? base + MARKER_SIZE
    : last.address + MODEL_HEADER_SIZE + last.length;
  // The end model is a header without a body.
  const end = Math.min(chainEnd + MODEL_HEADER_SIZE, ADDRESS_COUNT);
  const spans: Span[] = [
    { address: base, count: MARKER_SIZE },
    ...models.map(({ address, length }) => {
      const count = Math.min(MODEL_HEADER_SIZE + length, ADDRESS_COUNT - address);
      return { address, count };
    }),
    { address: chainEnd, count: end - chainEnd },
  ];
  const registers = new Array<number | null>(end - base).fill(null);
  let brokeOff: string | null = null;
  for (const span of spans) {
    if (span.count <= 0) continue;
    const read = await readInParts(unit, span);
    if (!read.ok) {
      brokeOff = `reading ${span.count} registers at ${span.address}: ` +
        describeFault(read.fault);
      if (read.fault.kind === "unreachable") break;
      continue;
    }
    for (const [at, register] of read.value.registers.entries()) {
      registers[span.address - base + at] = register;
    }
  }
  return { registers, brokeOff };
}

/** Wraps a reader so that each request is recorded with its time and outcome. */
function recordRequests(
  reader: RegisterReader,
  clock: Clock,
  requests: TimedRequest[],
): RegisterReader {
  return {
    async read(request, signal) {
      const startMs = clock.monotonicMs();
      const answer = await reader.read(request, signal);
      const ms = Math.round(10 * (clock.monotonicMs() - startMs)) / 10;
      const { functionCode, address, count } = request;
      const outcome = answer.ok ? "answered" : describeFault(answer.fault);
      if (requests.length < REQUESTS_MAX) {
        requests.push({ functionCode, address, count, ms, outcome });
      }
      return answer;
    },
  };
}
