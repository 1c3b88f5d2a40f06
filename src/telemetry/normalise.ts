/**
 * From decoded models to records: one draft per stream and poll.
 *
 * @module
 */

import type { DecodedModel } from "../sunspec/decode.ts";
import type { Draft } from "./record.ts";

/** What a poll knows besides the models it read. */
export interface PollContext {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, if configured. */
  readonly site: string | null;
  /** Id of the device; two inverters in one device get `<id>.1`, `<id>.2`. */
  readonly deviceId: string;
  readonly unitId: number;
  readonly identity: RecordIdentity;
  /** Grid slots since the device's previous good poll that gave none. */
  readonly slotsMissed: number;
  readonly intervalMs: number;
  /** Wall clock at the start of the first request, ms since the Unix epoch. */
  readonly sampledAtMs: number;
  readonly readDurationMs: number;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clockSynced: boolean | null;
}

/** Who the device says it is (model 1). */
export interface RecordIdentity {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
}

/** Choices that a site may make. */
export interface NormaliseOptions {
  /** Which to take where a device shows one inverter as an integer and as a float model. */
  readonly prefer?: "float" | "integer";
}

/** The models that records are made from: what a poll must read. */
export const NORMALISED_MODELS: ReadonlySet<number> = new Set([
  101,
  102,
  103,
  111,
  112,
  113,
  160,
  201,
  202,
  203,
  204,
]);

/** Makes the drafts of one poll; none if the device has no normalised kind. */
export function normalise(
  _context: PollContext,
  _models: readonly DecodedModel[],
  _options: NormaliseOptions = {},
): Draft[] {
  throw new Error("not yet");
}
