/**
 * The result of `scan`, as its outputs need it.
 *
 * @module
 */

import type { ScanReport } from "../../discovery/scanner.ts";
import type { ScannedDevice } from "./devices.ts";

/** A host that was skipped because an agent polls it. */
export interface SkippedHost {
  readonly host: string;
  /** Ids of the devices that the agent polls there. */
  readonly devices: readonly string[];
}

/** The result of a scan, for output. */
export interface ScanView {
  readonly report: ScanReport;
  readonly devices: readonly ScannedDevice[];
  readonly skipped: readonly SkippedHost[];
  /** Number of hosts to scan. */
  readonly hosts: number;
  readonly tookMs: number;
}
