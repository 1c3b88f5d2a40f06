/**
 * Finds out what a unit is: the `SunS` marker, the chain of models, the identity.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import type { DeviceLayout } from "./layout.ts";

/** Where the marker may stand (SunSpec Device Information Model Specification, "Base address"), in the order tried. */
export const STANDARD_BASES: readonly number[] = [40_000, 50_000, 0];

/** What to look for, and how patiently. */
export interface ProbeOptions {
  readonly unitId: number;
  /** Zero-based addresses to look for the marker at, in this order; {@linkcode STANDARD_BASES} as a rule. */
  readonly bases: readonly number[];
  /** Total deadline of each request, in ms. */
  readonly timeoutMs: number;
  /** The most registers the device answers in one request, 1..125. */
  readonly countMax?: number;
}

/** What one look for the marker saw. */
export interface BaseTried {
  readonly base: number;
  readonly functionCode: ReadFunction;
  /** In words: `exception 0x02`, `0x0000 0x0000`, `no answer`. */
  readonly saw: string;
}

/** Why no device was found. */
export type DiscoveryFault =
  /** No connection, or it ended. */
  | { readonly kind: "unreachable"; readonly fault: ModbusFault }
  /** The connection stands, but the unit says nothing. */
  | { readonly kind: "no-answer"; readonly tried: readonly BaseTried[] }
  /** A gateway says that the unit is not there (exceptions 0x0A, 0x0B). */
  | { readonly kind: "no-unit"; readonly code: number }
  /** What answers is not Modbus. */
  | { readonly kind: "not-modbus"; readonly detail: string }
  /** The unit answers, and no base holds the marker. */
  | { readonly kind: "no-sunspec"; readonly tried: readonly BaseTried[] }
  /** The marker stands there, and no model follows it. */
  | { readonly kind: "no-models"; readonly base: number; readonly detail: string };

/** Looks for a SunSpec device at a unit. */
export function discoverDevice(
  _reader: RegisterReader,
  _options: ProbeOptions,
  _signal: AbortSignal,
): Promise<Result<DeviceLayout, DiscoveryFault>> {
  throw new Error("not yet");
}

/** Says which step failed and what the likely cause is. */
export function describeDiscoveryFault(_fault: DiscoveryFault): string {
  throw new Error("not yet");
}
