/**
 * The device under examination, and the requests sent to it.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Result } from "../../base/result.ts";
import { EXCEPTION, type ModbusFault } from "../../modbus/faults.ts";
import type { ModbusSession, SessionPool } from "../../modbus/reader.ts";
import type { Span } from "../../sunspec/plan/read_plan.ts";
import type { DeviceLayout } from "../../device/layout.ts";

/** The device, and how to connect to it. */
export interface DiagnosticsTarget {
  /** Creates the connections of one client: a pool has one connection per address. */
  readonly openPool: () => SessionPool;
  readonly clock: Clock;
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  /** Timeout of each request and of a connect, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A target whose layout is known. */
export interface DiscoveredTarget extends DiagnosticsTarget {
  readonly layout: DeviceLayout;
}

/** A response with its time. */
export interface TimedAnswer {
  readonly answer: Result<Uint16Array, ModbusFault>;
  readonly ms: number;
}

/** Pause after a session, in ms: a device with a single session must notice the close. */
const RECONNECT_PAUSE_MS = 500;

/** Calls `use` with a session of a separate client that pauses `gapMs` between requests. */
export async function withSession<T>(
  { openPool, host, port, timeoutMs, clock, signal }: DiagnosticsTarget,
  gapMs: number,
  use: (session: ModbusSession) => Promise<T>,
): Promise<T> {
  const pool = openPool();
  const options = { gapMs, connectTimeoutMs: timeoutMs, fixedPauses: true };
  const handle = pool.acquire({ host, port, ...options });
  try {
    return await use(handle.session);
  } finally {
    await pool.close();
    if (!signal.aborted) await clock.sleep(RECONNECT_PAUSE_MS, signal);
  }
}

/** Reads a span once and measures the time from sending the request. */
export async function readTimed(
  { unitId, layout, clock, timeoutMs, signal }: DiscoveredTarget,
  session: ModbusSession,
  { address, count }: Span,
  limitMs: number = timeoutMs,
): Promise<TimedAnswer> {
  // The pause before a request and a connect are not part of the response time.
  await session.connect(signal);
  const startMs = clock.monotonicMs();
  const answer = await session.read(
    {
      unitId,
      functionCode: layout.functionCode,
      address,
      count,
      timeoutMs: limitMs,
    },
    signal,
  );
  return { answer, ms: clock.monotonicMs() - startMs };
}

/** Exceptions of a busy device, or of a gateway whose device did not answer in time. */
const OVERLOAD_EXCEPTIONS: readonly number[] = [
  0x05, // Acknowledge: the request takes long (MODBUS Application Protocol 1.1b3, section 7).
  EXCEPTION.deviceBusy,
  EXCEPTION.gatewayTargetFailedToRespond,
];

/** Whether a response indicates that requests are too frequent or too large. */
export function isOverloadSign({ answer }: TimedAnswer): boolean {
  if (answer.ok) return false;
  const { fault } = answer;
  return fault.kind !== "exception" || OVERLOAD_EXCEPTIONS.includes(fault.code);
}
