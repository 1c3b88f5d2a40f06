/**
 * Looks for SunSpec devices at many addresses at once. It only reads. Time,
 * connections and names come from outside.
 *
 * An address first takes one of the places for connecting, and once it is
 * connected one of those for asking: whoever is slow to answer holds up nobody
 * who is still to be knocked at. The ports of a host are tried one after the
 * other, and a connection is closed as soon as its address is done, since many
 * devices allow only one.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { createSemaphore } from "../base/semaphore.ts";
import type { SessionPool } from "../modbus/reader.ts";
import { type AddressReport, reportOf, unreached } from "./address_report.ts";
import { STANDARD_BASES } from "./marker.ts";
import { joinDevices, type SeenDevice } from "../device/duplicates.ts";
import { scanUnits, type UnitScanOptions } from "./unit_scan.ts";
import { USUAL_UNIT_IDS } from "./unit_walk.ts";

/** One host, and the ports of it to try in this order. */
export interface ScanHost {
  /** Name or IP address. */
  readonly host: string;
  readonly ports: readonly number[];
}

/** How a scan goes about it. */
export interface ScanOptions extends UnitScanOptions {
  /** How long a connect may take, in ms. */
  readonly connectTimeoutMs: number;
  /** How long one address may be asked, in ms. */
  readonly hostTimeoutMs: number;
  /** How many connects may be under way at once. */
  readonly connectsMax: number;
  /** How many addresses may be asked at once. */
  readonly asksMax: number;
  /** How many connects may begin in a second. */
  readonly connectsPerSecond: number;
  /** The least time between an answer and the next request to one address, in ms. */
  readonly gapMs: number;
}

/** Gentle enough for a plant that runs, fast enough to wait for. */
export const SCAN_DEFAULTS: ScanOptions = {
  unitIds: USUAL_UNIT_IDS,
  thorough: false,
  bases: STANDARD_BASES,
  timeoutMs: 1_000,
  // One lost SYN is sent again after a second (RFC 6298, section 2).
  connectTimeoutMs: 1_500,
  hostTimeoutMs: 45_000,
  connectsMax: 128,
  // A whole /24 of hosts that accept and say nothing holds up no device among them.
  asksMax: 256,
  connectsPerSecond: 250,
  gapMs: 0,
};

/** The ports that SunSpec devices are found at. */
export const USUAL_PORTS: readonly number[] = [502, 1_502];

/** How far a scan is. */
export interface ScanProgress {
  /** Hosts that are done, of how many. */
  readonly hostsDone: number;
  readonly hosts: number;
  /** Devices found; one that is seen twice counts once. */
  readonly devices: number;
}

/** What a scan gave. */
export interface ScanReport {
  /** Devices, in the order of the hosts; one that was seen twice stands once. */
  readonly devices: readonly SeenDevice[];
  /** Addresses that were tried, in the order of the hosts. */
  readonly addresses: readonly AddressReport[];
  /** How many hosts are done. */
  readonly hostsDone: number;
  /** False if the scan was called off. */
  readonly complete: boolean;
}

/** What a scan stands on. */
export interface ScanParts {
  readonly pool: SessionPool;
  readonly clock: Clock;
  /** Told after each address. */
  readonly onAddress?: (report: AddressReport, progress: ScanProgress) => void;
}

/**
 * Scans. It ends when every host is done, or early, with what it has, when
 * `signal` aborts; it never throws its reason.
 */
export async function scan(
  hosts: readonly ScanHost[],
  options: ScanOptions,
  parts: ScanParts,
  signal: AbortSignal,
): Promise<ScanReport> {
  const connects = createSemaphore(options.connectsMax);
  const asks = createSemaphore(options.asksMax);
  const turn = createTurnstile(parts.clock, options.connectsPerSecond);
  const reports: AddressReport[][] = hosts.map(() => []);
  const running = new Set<Promise<void>>();
  let hostsDone = 0;

  const seen: SeenDevice[] = [];

  /** Holds a place for connecting when it begins, and none when it ends. */
  async function scanHost(
    { host, ports }: ScanHost,
    mine: AddressReport[],
    freeFirst: () => void,
  ): Promise<void> {
    let free = freeFirst;
    try {
      for (const [at, port] of ports.entries()) {
        if (at > 0) free = await connects.take(signal);
        await turn(signal);
        const report = await scanAddress(host, port, () => free());
        free();
        mine.push(report);
        seen.push(...report.devices);
        const gone = report.state === "unknown-host";
        if (gone || at === ports.length - 1 && !signal.aborted) hostsDone++;
        parts.onAddress?.(report, {
          hostsDone,
          hosts: hosts.length,
          devices: joinDevices(seen).length,
        });
        if (gone) break;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      free();
    }
  }

  async function scanAddress(
    host: string,
    port: number,
    freeConnect: () => void,
  ): Promise<AddressReport> {
    const { gapMs, connectTimeoutMs } = options;
    const pace = { gapMs, connectTimeoutMs };
    // Silence says that a unit is not there, not that the device wants to rest.
    const lease = parts.pool.lease({ host, port, ...pace, fixedPace: true });
    try {
      const connected = await lease.session.connect(signal);
      if (!connected.ok) return unreached(host, port, connected.fault, options.unitIds);
      const freeAsk = await asks.take(signal);
      freeConnect();
      const late = new AbortController();
      const over = new AbortController();
      const reason = new Error(`${host}:${port} took too long`);
      parts.clock.sleep(options.hostTimeoutMs, over.signal)
        .then(() => late.abort(reason), () => {});
      try {
        const either = AbortSignal.any([signal, late.signal]);
        const units = await scanUnits(lease.session, options, parts.clock, either);
        const mute = [...units.answers.values()].every((answer) => answer === "silent");
        if (units.cut || !mute) return reportOf(host, port, units);
        // Only where nothing at all was answered: perhaps it wants to rest after all.
        lease.adapt({ ...pace, ...PATIENT_PACE });
        const again = await scanUnits(
          lease.session,
          { ...options, ...patientLook(options) },
          parts.clock,
          either,
        );
        if (again.found.length === 0) return reportOf(host, port, units);
        const { answers } = again;
        const notAsked = options.unitIds.filter((unitId) => !answers.has(unitId));
        return reportOf(host, port, { ...again, notAsked });
      } finally {
        over.abort();
        freeAsk();
      }
    } finally {
      lease.release();
    }
  }

  try {
    for (const [at, host] of hosts.entries()) {
      const free = await connects.take(signal);
      const task = scanHost(host, reports[at] ?? [], free);
      running.add(task);
      task.finally(() => running.delete(task)).catch(() => {});
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await Promise.all(running);
  const addresses = reports.flat();
  return {
    devices: joinDevices(addresses.flatMap((report) => report.devices)),
    addresses,
    hostsDone,
    complete: hostsDone === hosts.length,
  };
}

/** What a device that is slow to wake is given, beyond what the others are. */
const PATIENT_PACE = { gapMs: 250, connectGapMs: 1_000 };
/** So many units are asked again at that pace, at the likeliest base. */
const PATIENT_UNITS = 4;

function patientLook(
  { unitIds, bases }: UnitScanOptions,
): Pick<UnitScanOptions, "unitIds" | "bases"> {
  return { unitIds: unitIds.slice(0, PATIENT_UNITS), bases: bases.slice(0, 1) };
}

/** Lets through so many a second, evenly. */
function createTurnstile(
  clock: Clock,
  perSecond: number,
): (signal: AbortSignal) => Promise<void> {
  let nextMs = -Infinity;
  return async (signal) => {
    const nowMs = clock.monotonicMs();
    const mineMs = Math.max(nowMs, nextMs);
    nextMs = mineMs + 1_000 / perSecond;
    if (mineMs > nowMs) await clock.sleep(mineMs - nowMs, signal);
  };
}
