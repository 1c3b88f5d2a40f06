/**
 * The `[[devices]]` tables: addresses to poll.
 *
 * @module
 */

import * as v from "valibot";
import { HOST_FORM, isHost } from "../../base/network/address.ts";
import { choiceField, integerField, listField, textField } from "./fields.ts";
import { ID_FORM, isId } from "./names.ts";
import { QUIRK_FIELDS } from "./quirk_fields.ts";

const DAY_MS = 86_400_000;

/** One table of `[[devices]]`. */
export const DEVICE = v.pipe(
  v.object({
    id: v.optional(
      v.nullable(textField({
        description:
          "Id of the device in every record; with several unit ids, each unit is `<id>-<unit>`. If unset, the id is manufacturer-model-serial as the device reports them, and is remembered.",
        wanted: ID_FORM,
        example: '"inv-01"',
      }, isId)),
      null,
    ),
    host: textField({
      description: "Host name or IP address.",
      wanted: HOST_FORM,
      example: '"192.168.10.21"',
    }, isHost),
    port: v.optional(
      integerField({ description: "TCP port.", min: 1, max: 65_535 }),
      502n,
    ),
    unit_ids: v.optional(
      listField(
        {
          description: "Modbus unit ids at this address. They share one connection.",
          wanted: "a list of one or more different unit ids, such as [1]",
          lengthMin: 1,
          lengthMax: 256,
        },
        integerField({ description: "A unit id.", min: 0, max: 255 }),
      ),
      [1n],
    ),
    interval_ms: v.optional(
      integerField({
        description: "Poll interval. Polls start at whole multiples of it in UTC.",
        unit: "ms",
        min: 100,
        max: DAY_MS,
      }),
      10_000n,
    ),
    asleep_interval_ms: v.optional(
      integerField({
        description:
          "Poll interval while an inverter sleeps, and therefore the maximum delay before its start in the morning is noticed. Never shorter than `interval_ms`.",
        unit: "ms",
        min: 100,
        max: DAY_MS,
      }),
      60_000n,
    ),
    prefer: v.optional(
      choiceField({
        description:
          "Preferred model variant of a device that has both floating-point models (111-113, 211-214) and integer models (101-103, 201-204). The other variant is used only while the preferred one has no measurement.",
      }, ["float", "integer"]),
      "float",
    ),
    publish: v.optional(
      listField(
        {
          description:
            "Kinds of record to publish: normalised records, one record for each SunSpec model with all its points, or both. With `models`, every poll reads every model.",
          wanted: 'a list with "normalized", "models" or both',
          lengthMin: 1,
          lengthMax: 2,
          example: '["normalized", "models"]',
        },
        choiceField({ description: "Record kind." }, ["normalized", "models"]),
      ),
      ["normalized"],
    ),
    timeout_ms: v.optional(
      integerField({
        description:
          "Timeout of a request, from sending it to the last byte of the response.",
        unit: "ms",
        min: 50,
        max: 60_000,
      }),
      3_000n,
    ),
    connect_timeout_ms: v.optional(
      integerField({
        description: "Timeout for opening the TCP connection.",
        unit: "ms",
        min: 50,
        max: 60_000,
      }),
      3_000n,
    ),
    ...QUIRK_FIELDS,
  }),
  v.description("One table for each address that has SunSpec devices."),
);
