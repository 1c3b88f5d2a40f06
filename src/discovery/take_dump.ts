/**
 * Takes a device's registers as they are, and notes how it answered.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import { describeFault } from "../modbus/faults.ts";
import type { ModbusSession, RegisterReader } from "../modbus/reader.ts";
import type { DiscoveryFault } from "./fault.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { readPartly, type Unit } from "./resilient_read.ts";
import { discoverDevice, type ProbeOptions } from "./probe.ts";

/** One request, and what became of it. */
export interface TimedRequest {
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
  /** Until the answer, in ms. */
  readonly ms: number;
  /** `answered`, or what came instead, in words. */
  readonly outcome: string;
}

/** A device, register by register. */
export interface RawDevice {
  readonly layout: DeviceLayout;
  /** From the marker to the end of the chain; null = could not be read. */
  readonly registers: readonly (number | null)[];
  readonly connectMs: number;
  /** In their order; the first {@linkcode REQUESTS_MAX} of them. */
  readonly requests: readonly TimedRequest[];
  /** Why the rest is missing, in words; null = nothing is. */
  readonly brokeOff: string | null;
}

/** How many requests are noted. */
export const REQUESTS_MAX = 4_096;

/** The registers of an end model (id 0xFFFF and length 0). */
const END_SIZE = 2;
const MARKER_SIZE = 2;
const ADDRESSES = 65_536;

/**
 * Finds the device and reads every register of its chain, model by model.
 *
 * @throws only the reason of `signal`.
 */
export async function takeRawDevice(
  session: ModbusSession,
  options: ProbeOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<RawDevice, DiscoveryFault>> {
  const requests: TimedRequest[] = [];
  const reader = timed(session, clock, requests);
  const startMs = clock.monotonicMs();
  const connected = await session.connect(signal);
  if (!connected.ok) return bad({ kind: "unreachable", fault: connected.fault });
  const connectMs = clock.monotonicMs() - startMs;
  const found = await discoverDevice(reader, options, signal);
  if (!found.ok) return found;
  const layout = found.value;
  const { unitId, functionCode, base, models } = layout;
  const { timeoutMs, countMax } = options;
  const unit: Unit = {
    reader,
    unitId,
    functionCode,
    timeoutMs,
    signal,
    ...(countMax !== undefined && { countMax }),
  };
  const last = models.at(-1);
  const chainEnd = last === undefined
    ? base + MARKER_SIZE
    : last.address + 2 + last.length;
  const end = Math.min(chainEnd + END_SIZE, ADDRESSES);
  const registers = new Array<number | null>(end - base).fill(null);
  const spans = [
    { address: base, count: MARKER_SIZE },
    ...models.map(({ address, length }) => {
      return { address, count: Math.min(2 + length, ADDRESSES - address) };
    }),
    { address: chainEnd, count: end - chainEnd },
  ];
  let brokeOff: string | null = null;
  for (const span of spans) {
    if (span.count <= 0) continue;
    const read = await readPartly(unit, span);
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
  return good({ layout, registers, connectMs, requests, brokeOff });
}

/** Notes each request. */
function timed(
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
