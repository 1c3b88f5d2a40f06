/**
 * Tests with one request whether a unit is the device that is already known.
 *
 * @module
 */

import type { DeviceLayout } from "../device/layout.ts";
import { identityKey } from "../device/duplicates.ts";
import { EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import { parseIdentity } from "../sunspec/identity.ts";
import { COMMON_MODEL_ID, IDENTITY_SIZE, MODEL_HEADER_SIZE } from "../sunspec/spec.ts";
import type { UnitAnswer } from "./unit_walk.ts";

/** The result of a quick probe. */
export type QuickProbe =
  | { readonly kind: "device"; readonly key: string }
  | { readonly kind: UnitAnswer }
  /** The result is not certain: a full discovery is needed. */
  | { readonly kind: "unclear" };

/**
 * Reads model 1 at the address where the device found first has it. The single
 * request recognises a device that answers at several unit ids and detects absent
 * units.
 *
 * @param known layout of the device found first at this address.
 */
export async function quickProbe(
  reader: RegisterReader,
  unitId: number,
  known: DeviceLayout,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<QuickProbe> {
  const common = known.models.find(({ id }) => id === COMMON_MODEL_ID);
  if (common === undefined || identityKey(known.identity) === undefined) {
    return { kind: "unclear" };
  }
  const { functionCode } = known;
  const { address } = common;
  const count = Math.min(IDENTITY_SIZE, MODEL_HEADER_SIZE + common.length);
  const answer = await reader.read(
    { unitId, functionCode, address, count, timeoutMs },
    signal,
  );
  if (!answer.ok) return { kind: quickAnswer(answer.fault) };
  const [id, length] = answer.value;
  const sameHeader = id === COMMON_MODEL_ID && length === common.length;
  const key = sameHeader ? identityKey(parseIdentity(answer.value)) : undefined;
  return key === undefined ? { kind: "unclear" } : { kind: "device", key };
}

function quickAnswer(fault: ModbusFault): UnitAnswer | "unclear" {
  switch (fault.kind) {
    case "exception": {
      const { gatewayPathUnavailable, gatewayTargetFailedToRespond } = EXCEPTION;
      const absent = fault.code === gatewayPathUnavailable ||
        fault.code === gatewayTargetFailedToRespond;
      return absent ? "absent" : "unclear";
    }
    case "timeout":
      return "silent";
    case "closed":
      return "dropped";
    case "protocol":
      return "foreign";
    case "unreachable":
      return "lost";
  }
}
