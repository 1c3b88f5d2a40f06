/**
 * Who a device says it is: the texts of model 1.
 *
 * Source: SunSpec model 1 (common); offsets from its definition.
 *
 * @module
 */

import { MODEL_1 } from "../../models/model_1.ts";
import { decodeModel, isModel, type Registers } from "./decode/decode.ts";
import type { DecodedModel } from "./decode/decoded.ts";

/** The texts of model 1; what is empty or not there is null. */
export interface Identity {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly options: string | null;
  readonly firmware: string | null;
  readonly serial: string | null;
}

/** A device that says nothing of itself. */
export const UNKNOWN_IDENTITY: Identity = {
  manufacturer: null,
  model: null,
  options: null,
  firmware: null,
  serial: null,
};

/**
 * The identity out of model 1's registers.
 *
 * @param registers from the register that holds the id on, the header included.
 */
export function parseIdentity(registers: Registers): Identity {
  const length = Math.max(0, registers[1] ?? 0);
  return identityOf(decodeModel(MODEL_1, { id: 1, address: 0, length }, registers));
}

/** The identity out of a decoded model 1. */
export function identityOf(common: DecodedModel): Identity {
  if (!isModel(common, 1)) return UNKNOWN_IDENTITY;
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
 * What differs between two identities, in words; empty = nothing. The options are
 * not asked: some devices write what changes by the minute there.
 */
export function identityChanges(was: Identity, is: Identity): string[] {
  const changes: string[] = [];
  for (const field of ["manufacturer", "model", "firmware", "serial"] as const) {
    if (was[field] === is[field]) continue;
    changes.push(`${field} was ${quoted(was[field])} and is ${quoted(is[field])}`);
  }
  return changes;
}

function quoted(text: string | null): string {
  return text === null ? "empty" : JSON.stringify(text);
}
