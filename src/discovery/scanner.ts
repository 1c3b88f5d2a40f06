/**
 * Scans many addresses for SunSpec devices concurrently. It only reads. Clock and
 * connections are passed in.
 *
 * An address first needs a connect slot and, once connected, a probe slot. A slow
 * host therefore does not delay the hosts that have not been probed yet. The ports of
 * a host are tried one after the other, and a connection is closed as soon as its
 * address is done, because many devices allow only one.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { createSemaphore, type Semaphore } from "../base/semaphore.ts";
import { type DiscoveredDevice, mergeDuplicates } from "../device/duplicates.ts";
import type { SessionPool } from "../modbus/reader.ts";
import type { AddressReport } from "./address_report.ts";
import { scanAddress } from "./address_scan.ts";
import type { ScanHost, ScanOptions } from "./scan_options.ts";

/** The progress of a scan. */
export interface ScanProgress {
  /** Number of hosts completed. */
  readonly hostsDone: number;
  readonly hosts: number;
  /** Number of devices found; duplicates count once. */
  readonly devices: number;
}

/** The result of a scan. */
export interface ScanReport {
  /** Devices in the order of the hosts, without duplicates. */
  readonly devices: readonly DiscoveredDevice[];
  /** Addresses that were scanned, in the order of the hosts. */
  readonly addresses: readonly AddressReport[];
  /** Number of hosts completed. */
  readonly hostsDone: number;
  /** False if the scan was cancelled. */
  readonly complete: boolean;
}

/** Dependencies of a scan. */
export interface ScanDependencies {
  readonly pool: SessionPool;
  readonly clock: Clock;
  /** Called after each address. */
  readonly onAddress?: (report: AddressReport, progress: ScanProgress) => void;
}

/** A scan under way. */
interface ScanRun {
  readonly options: ScanOptions;
  readonly dependencies: ScanDependencies;
  readonly signal: AbortSignal;
  readonly connectSlots: Semaphore;
  readonly probeSlots: Semaphore;
  /** Waits until the next connect may start. */
  readonly rateLimit: (signal: AbortSignal) => Promise<void>;
  readonly hosts: number;
  hostsDone: number;
  readonly found: DiscoveredDevice[];
}

/**
 * Scans hosts. It ends when every host is done. When `signal` aborts, it returns what
 * has been found so far; it never throws the abort reason.
 */
export async function scanHosts(
  hosts: readonly ScanHost[],
  options: ScanOptions,
  dependencies: ScanDependencies,
  signal: AbortSignal,
): Promise<ScanReport> {
  const run: ScanRun = {
    options,
    dependencies,
    signal,
    connectSlots: createSemaphore(options.connectsMax),
    probeSlots: createSemaphore(options.openAddressesMax),
    rateLimit: createRateLimit(dependencies.clock, options.connectsPerSecond),
    hosts: hosts.length,
    hostsDone: 0,
    found: [],
  };
  const reports: AddressReport[][] = hosts.map(() => []);
  const running = new Set<Promise<void>>();
  try {
    for (const [at, host] of hosts.entries()) {
      const free = await run.connectSlots.acquire(signal);
      const task = scanHost(run, host, reports[at] ?? [], free);
      running.add(task);
      task.finally(() => running.delete(task)).catch(() => {});
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await Promise.all(running);
  const addresses = reports.flat();
  return {
    devices: mergeDuplicates(addresses.flatMap((report) => report.devices)),
    addresses,
    hostsDone: run.hostsDone,
    complete: run.hostsDone === hosts.length,
  };
}

/** Scans the ports of a host. The caller holds a connect slot, which is released at the end. */
async function scanHost(
  run: ScanRun,
  { host, ports }: ScanHost,
  reports: AddressReport[],
  freeFirst: () => void,
): Promise<void> {
  const { signal } = run;
  let free = freeFirst;
  try {
    for (const [at, port] of ports.entries()) {
      if (at > 0) free = await run.connectSlots.acquire(signal);
      await run.rateLimit(signal);
      const report = await scanAddress({ host, port }, run.options, {
        ...run.dependencies,
        probeSlots: run.probeSlots,
        onConnected: () => free(),
      }, signal);
      free();
      reports.push(report);
      const unknown = report.state === "unknown-host";
      const done = unknown || at === ports.length - 1 && !signal.aborted;
      noteReport(run, report, done);
      if (unknown) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    free();
  }
}

function noteReport(run: ScanRun, report: AddressReport, hostDone: boolean): void {
  run.found.push(...report.devices);
  if (hostDone) run.hostsDone++;
  const { hostsDone, hosts, found } = run;
  run.dependencies.onAddress?.(report, {
    hostsDone,
    hosts,
    devices: mergeDuplicates(found).length,
  });
}

/** Spaces calls evenly. */
function createRateLimit(
  clock: Clock,
  perSecond: number,
): (signal: AbortSignal) => Promise<void> {
  let nextMs = -Infinity;
  return async (signal) => {
    const nowMs = clock.monotonicMs();
    const slotMs = Math.max(nowMs, nextMs);
    nextMs = slotMs + 1_000 / perSecond;
    if (slotMs > nowMs) await clock.sleep(slotMs - nowMs, signal);
  };
}
