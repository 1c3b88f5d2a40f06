/**
 * Scans one address: connects, and probes its units.
 *
 * @module
 */

import { formatAddress, type HostPort } from "../base/network/address.ts";
import { limitSignal } from "../base/linked_signal.ts";
import type { Clock } from "../base/clock.ts";
import type { Semaphore } from "../base/semaphore.ts";
import type { SessionHandle, SessionPool } from "../modbus/reader.ts";
import {
  type AddressReport,
  unitScanReport,
  unreachableReport,
} from "./address_report.ts";
import type { ScanOptions } from "./scan_options.ts";
import { scanUnits, type UnitScanResult } from "./unit_scan.ts";

/** Dependencies of the scan of an address. */
export interface AddressScanDependencies {
  readonly pool: SessionPool;
  readonly clock: Clock;
  /** Limits the number of addresses probed concurrently. */
  readonly probeSlots: Semaphore;
  /** Called when the connection is open and probing begins. */
  readonly onConnected: () => void;
}

/**
 * Connects to an address and probes its units.
 *
 * @throws only the abort reason of `signal`.
 */
export async function scanAddress(
  { host, port }: HostPort,
  options: ScanOptions,
  { pool, clock, probeSlots, onConnected }: AddressScanDependencies,
  signal: AbortSignal,
): Promise<AddressReport> {
  const { gapMs, connectTimeoutMs, addressTimeoutMs } = options;
  // A missing response means that the unit is absent, not that the device needs pauses.
  const handle = pool.acquire({
    host,
    port,
    gapMs,
    connectTimeoutMs,
    fixedPauses: true,
  });
  try {
    const connected = await handle.session.connect(signal);
    if (!connected.ok) {
      return unreachableReport(host, port, connected.fault, options.unitIds);
    }
    const freeProbe = await probeSlots.acquire(signal);
    onConnected();
    try {
      const reason = new Error(`${formatAddress(host, port)} took too long`);
      using limited = limitSignal(signal, clock, addressTimeoutMs, reason);
      return unitScanReport(
        host,
        port,
        await probeAddress(handle, options, clock, limited.signal),
      );
    } finally {
      freeProbe();
    }
  } finally {
    handle.release();
  }
}

/** Probes the units; repeats the first ones with pauses if none has answered. */
async function probeAddress(
  handle: SessionHandle,
  options: ScanOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<UnitScanResult> {
  const { session } = handle;
  const units = await scanUnits(session, options, clock, signal);
  const silent = [...units.answers.values()].every((answer) => answer === "silent");
  if (units.cut || !silent) return units;
  const { connectTimeoutMs, unitIds, bases } = options;
  handle.configure({ connectTimeoutMs, ...LONG_PAUSES });
  const again = await scanUnits(
    session,
    {
      ...options,
      unitIds: unitIds.slice(0, PAUSED_UNITS_MAX),
      bases: bases.slice(0, 1),
    },
    clock,
    signal,
  );
  if (again.found.length === 0) return units;
  const notAsked = unitIds.filter((unitId) => !again.answers.has(unitId));
  return { ...again, notAsked };
}

/** Pauses for a device that is slow after a connect. */
const LONG_PAUSES = { gapMs: 250, connectGapMs: 1_000 };
/** Maximum number of units that are probed again with these pauses, at the most likely base. */
const PAUSED_UNITS_MAX = 4;
