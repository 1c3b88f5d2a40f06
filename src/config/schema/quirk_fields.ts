/**
 * What a device may need that others do not, as keys of a configuration: of a
 * table of `[[devices]]`, and of a rule in the file of quirks.
 *
 * @module
 */

import * as v from "valibot";
import { flag, whole } from "./fields.ts";

/** The keys for one device, each null where nothing is said. */
export const QUIRK_FIELDS = v.object({
  base: v.optional(
    v.nullable(whole({
      description:
        "Zero-based register address at which its SunS marker stands. Without it 40000, 50000 and 0 are tried, then their neighbours.",
      example: "40000",
      min: 0,
      max: 65_533,
    })),
    null,
  ),
  function_code: v.optional(
    v.nullable(whole({
      description:
        "The read function that it answers: 3 for holding registers, 4 for input registers. Without it 3 is tried first.",
      example: "3",
      min: 3,
      max: 4,
    })),
    null,
  ),
  registers_per_read_max: v.optional(
    v.nullable(whole({
      description:
        "The most registers that one request may ask for. Without it 125, the protocol's own limit; the agent asks for fewer by itself where a device refuses.",
      example: "64",
      // The longest number has 4 registers; some devices give no more than 10.
      min: 4,
      max: 125,
    })),
    null,
  ),
  reads_across_models: v.optional(
    v.nullable(flag({
      description:
        "Whether one request may reach over the border of two models. Without it the agent tries, and finds out.",
      example: "false",
    })),
    null,
  ),
  gap_ms: v.optional(
    v.nullable(whole({
      description:
        "The least pause between an answer and the next request. Without it there is none, unless the agent finds out that one is needed.",
      example: "50",
      unit: "ms",
      min: 0,
      max: 10_000,
    })),
    null,
  ),
  connect_gap_ms: v.optional(
    v.nullable(whole({
      description:
        "The least pause between a connect and the first request. Without it there is none, unless the agent finds out that one is needed.",
      example: "1000",
      unit: "ms",
      min: 0,
      max: 10_000,
    })),
    null,
  ),
  echoes_transaction_id: v.optional(
    v.nullable(flag({
      description:
        "Set to false for a gateway whose answers carry another transaction id than their requests. Unit, function and length alone vouch for an answer then, and further reads make up for it.",
      example: "false",
    })),
    null,
  ),
  units_share_serial: v.optional(
    v.nullable(flag({
      description:
        "Set to true where units of one address have the same serial number and are devices of their own all the same. Otherwise they are taken for one device, which is polled once.",
      example: "true",
    })),
    null,
  ),
}).entries;

/** The keys for a make: those that must be known before a device can say what it is are left out. */
export const MAKE_FIELDS = v.omit(v.object(QUIRK_FIELDS), [
  "base",
  "function_code",
  "echoes_transaction_id",
]).entries;
