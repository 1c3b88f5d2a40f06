/**
 * The identity of a device: the texts of the common model (model 1).
 *
 * @module
 */

import { MODEL_1 } from "../../models/model_1.ts";
import { decodeModel, isModel, type Registers } from "./decode/decode.ts";
import type { DecodedModel } from "./decode/decoded.ts";
import { COMMON_MODEL_ID } from "./spec.ts";

/** The texts of the common model; null = empty or not implemented. */
export interface Identity {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly options: string | null;
  readonly firmware: string | null;
  readonly serial: string | null;
}

/** The identity of a device that has no readable common model. */
export const UNKNOWN_IDENTITY: Identity = {
  manufacturer: null,
  model: null,
  options: null,
  firmware: null,
  serial: null,
};

/**
 * Decodes the identity from the registers of the common model.
 *
 * @param registers registers of the model, starting with its header.
 */
export function parseIdentity(registers: Registers): Identity {
  const length = Math.max(0, registers[1] ?? 0);
  const location = { id: COMMON_MODEL_ID, address: 0, length };
  return identityOf(decodeModel(MODEL_1, location, registers));
}

/** The identity in a decoded common model. */
export function identityOf(common: DecodedModel): Identity {
  if (!isModel(common, COMMON_MODEL_ID)) return UNKNOWN_IDENTITY;
  const { Mn, Md, Opt, Vr, SN } = common.points;
  return {
    manufacturer: Mn || null,
    model: Md || null,
    options: Opt || null,
    firmware: Vr || null,
    serial: SN || null,
  };
}

/**
 * Describes the differences between two identities, one text per field; empty =
 * none. The options are not compared: some devices change them every minute.
 */
export function identityChanges(before: Identity, after: Identity): string[] {
  const changes: string[] = [];
  for (const field of ["manufacturer", "model", "firmware", "serial"] as const) {
    if (before[field] === after[field]) continue;
    changes.push(
      `${field} changed from ${quoted(before[field])} to ${quoted(after[field])}`,
    );
  }
  return changes;
}

function quoted(text: string | null): string {
  return text === null ? "empty" : JSON.stringify(text);
}
