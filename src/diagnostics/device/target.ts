/**
 * A device under examination, and the requests that are made of it.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Result } from "../../base/result.ts";
import type { ModbusFault } from "../../modbus/faults.ts";
import type { ModbusSession, SessionPool } from "../../modbus/reader.ts";
import type { Span } from "../../sunspec/plan/read_plan.ts";
import type { DeviceLayout } from "../../device/layout.ts";

/** The device, and how long it may take. */
export interface Patient {
  /** Connections of a client of its own: one pool has one connection an address. */
  readonly openPool: () => SessionPool;
  readonly clock: Clock;
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  /** Deadline of each request, and of a connect, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A patient whose chain is known. */
export interface KnownPatient extends Patient {
  readonly layout: DeviceLayout;
}

/** One request, timed. */
export interface Timed {
  readonly answer: Result<Uint16Array, ModbusFault>;
  readonly ms: number;
}

/** A device that allows one session needs a moment to notice that it is over, in ms. */
export const SETTLE_MS = 500;

/** Does something as a client of its own, with this pause between requests. */
export async function withSession<T>(
  { openPool, host, port, timeoutMs, clock, signal }: Patient,
  gapMs: number,
  use: (session: ModbusSession) => Promise<T>,
): Promise<T> {
  const pool = openPool();
  const pace = { gapMs, connectTimeoutMs: timeoutMs, fixedPace: true };
  const lease = pool.lease({ host, port, ...pace });
  try {
    return await use(lease.session);
  } finally {
    await pool.close();
    if (!signal.aborted) await clock.sleep(SETTLE_MS, signal);
  }
}

/** Reads a span once and takes the time, from when the request goes out. */
export async function readTimed(
  { unitId, layout, clock, timeoutMs, signal }: KnownPatient,
  session: ModbusSession,
  { address, count }: Span,
  deadlineMs: number = timeoutMs,
): Promise<Timed> {
  // The pause before a request, and a connect, are not the device's time to answer.
  await session.connect(signal);
  const startMs = clock.monotonicMs();
  const answer = await session.read(
    {
      unitId,
      functionCode: layout.functionCode,
      address,
      count,
      timeoutMs: deadlineMs,
    },
    signal,
  );
  return { answer, ms: clock.monotonicMs() - startMs };
}

/** Whether a fault says that the device was asked too fast, or too much. */
export function isTrouble({ answer }: Timed): boolean {
  if (answer.ok) return false;
  const { fault } = answer;
  // Busy, and a gateway whose device did not answer in time.
  return fault.kind !== "exception" || [0x05, 0x06, 0x0b].includes(fault.code);
}
