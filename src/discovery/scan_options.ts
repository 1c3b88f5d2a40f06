/**
 * Scope and limits of a scan.
 *
 * @module
 */

import { STANDARD_BASES } from "./marker.ts";
import type { UnitScanOptions } from "./unit_scan.ts";
import { COMMON_UNIT_IDS } from "../base/network/common_unit_ids.ts";

/** One host and its ports, in the order to try them. */
export interface ScanHost {
  /** Name or IP address. */
  readonly host: string;
  readonly ports: readonly number[];
}

/** Limits of a scan. */
export interface ScanOptions extends UnitScanOptions {
  /** Timeout of a connect, in ms. */
  readonly connectTimeoutMs: number;
  /** Time limit for probing one address, in ms. */
  readonly addressTimeoutMs: number;
  /** Maximum number of concurrent connects. */
  readonly connectsMax: number;
  /** Maximum number of addresses probed concurrently. */
  readonly openAddressesMax: number;
  /** Maximum number of connects started per second. */
  readonly connectsPerSecond: number;
  /** Minimum pause between a response and the next request to one address, in ms. */
  readonly gapMs: number;
}

/** Defaults: safe for a running plant, and a /24 network takes seconds. */
export const SCAN_DEFAULTS: ScanOptions = {
  unitIds: COMMON_UNIT_IDS,
  thorough: false,
  bases: STANDARD_BASES,
  timeoutMs: 1_000,
  // A lost SYN is retransmitted after one second (RFC 6298, section 2).
  connectTimeoutMs: 1_500,
  addressTimeoutMs: 45_000,
  connectsMax: 128,
  // All hosts of a /24: unresponsive ones among them do not delay a device.
  openAddressesMax: 256,
  connectsPerSecond: 250,
  gapMs: 0,
};

/** Ports that SunSpec devices commonly use. */
export const COMMON_PORTS: readonly number[] = [502, 1_502];
