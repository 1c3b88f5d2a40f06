/**
 * Settings for devices with special requirements: keys of a `[[devices]]` table and of
 * a rule in the quirks file.
 *
 * @module
 */

import { REGISTERS_PER_READ_MAX } from "../../base/network/modbus_protocol.ts";
import * as v from "valibot";
import { booleanField, choiceField, integerField } from "./fields.ts";

/** The orders of the registers of a number. */
const WORD_ORDERS = ["big", "little"] as const;

/** The keys for one device; null = not set. */
export const QUIRK_FIELDS = v.object({
  base: v.optional(
    v.nullable(integerField({
      description:
        "Zero-based register address of the SunS marker. If unset, 40000, 50000 and 0 are probed, then the adjacent addresses.",
      example: "40000",
      min: 0,
      max: 65_533,
    })),
    null,
  ),
  function_code: v.optional(
    v.nullable(integerField({
      description:
        "Modbus read function: 3 for holding registers, 4 for input registers. If unset, 3 is tried first.",
      example: "3",
      min: 3,
      max: 4,
    })),
    null,
  ),
  registers_per_read_max: v.optional(
    v.nullable(integerField({
      description:
        `Maximum number of registers in one request. If unset, ${REGISTERS_PER_READ_MAX}, the limit of the protocol; the agent reduces it if a device rejects requests.`,
      example: "64",
      // The longest number has 4 registers; some devices return no more than 10.
      min: 4,
      max: REGISTERS_PER_READ_MAX,
    })),
    null,
  ),
  reads_across_models: v.optional(
    v.nullable(booleanField({
      description:
        "Whether one request may span two models. If unset, the agent detects it.",
      example: "false",
    })),
    null,
  ),
  gap_ms: v.optional(
    v.nullable(integerField({
      description:
        "Minimum pause between a response and the next request. If unset, there is none unless the agent detects that the device requires one.",
      example: "50",
      unit: "ms",
      min: 0,
      max: 10_000,
    })),
    null,
  ),
  connect_gap_ms: v.optional(
    v.nullable(integerField({
      description:
        "Minimum pause between connecting and the first request. If unset, there is none unless the agent detects that the device requires one.",
      example: "1000",
      unit: "ms",
      min: 0,
      max: 10_000,
    })),
    null,
  ),
  echoes_transaction_id: v.optional(
    v.nullable(booleanField({
      description:
        "Set to false for a gateway whose responses have a different transaction id than their requests. A response is then matched by unit, function and length only, and additional reads compensate for the weaker check.",
      example: "false",
    })),
    null,
  ),
  units_share_serial: v.optional(
    v.nullable(booleanField({
      description:
        "Set to true if units of one address have the same serial number but are separate devices. Otherwise they are treated as one device and polled once.",
      example: "true",
    })),
    null,
  ),
  word_order: v.optional(
    v.nullable(choiceField({
      description:
        "Order of the registers of a number with 32 or 64 bits. SunSpec requires big, the most significant register first; `doctor` recognises devices that send the least significant one first.",
      example: '"little"',
    }, WORD_ORDERS)),
    null,
  ),
  signed_accumulators: v.optional(
    v.nullable(booleanField({
      description:
        "Set to true for a device that keeps its counters as signed numbers, such as a meter that counts exported energy downwards from 0. The counter is then the magnitude of that number.",
      example: "true",
    })),
    null,
  ),
}).entries;

/**
 * The keys for a manufacturer or model, without those that are needed before a device can identify
 * itself.
 */
export const MAKE_FIELDS = v.omit(v.object(QUIRK_FIELDS), [
  "base",
  "function_code",
  "echoes_transaction_id",
]).entries;
