/**
 * The part of the configuration that says how devices are found.
 *
 * @module
 */

import * as v from "valibot";
import { ADDRESSES_MAX, expandAddresses } from "../../base/ip_range.ts";
import { choice, duration, type Field, list, pathText, text, whole } from "./fields.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const RANGE_FORM =
  `an IPv4 address, a range or a network of ${ADDRESSES_MAX} addresses at most, such as "192.168.10.0/24" or "192.168.10.20-60"`;

function ranges(description: string, example: string): Field<string[]> {
  return list(
    {
      description,
      wanted: 'a list of different ranges, such as ["192.168.10.0/24"]',
      lengthMin: 0,
      lengthMax: 64,
      example,
    },
    text(
      { description: "A range.", wanted: RANGE_FORM },
      (found) => expandAddresses(found).ok,
    ),
  );
}

/** The `[discovery]` table. */
export const DISCOVERY = v.pipe(
  v.object({
    mode: v.optional(
      choice({
        description:
          "How devices are found: those of `[[devices]]` alone, or also by a scan of `ranges`. `[[devices]]` win: what they name is not looked for.",
      }, ["static_config", "subnet_scan"]),
      "static_config",
    ),
    ranges: v.optional(
      ranges("Where to look.", '["192.168.10.0/24"]'),
      [],
    ),
    exclude: v.optional(
      ranges("Addresses within the ranges that are left alone.", '["192.168.10.1"]'),
      [],
    ),
    rescan_interval: v.optional(
      duration({
        description:
          "How often it is looked again. While a device that was found does not answer, its move to another address is looked for sooner: after a minute, then less and less often.",
        min: 10 * SECOND_MS,
        max: 30 * DAY_MS,
      }),
      "1h",
    ),
    adopt: v.optional(
      choice({
        description:
          "What becomes of a device that is found: it is polled, or only reported in the log.",
      }, ["auto", "report"]),
      "auto",
    ),
    ports: v.optional(
      list(
        {
          description: "TCP ports that are tried, in this order.",
          wanted: "a list of different ports, one at least, such as [502]",
          lengthMin: 1,
          lengthMax: 8,
        },
        whole({ description: "A port.", min: 1, max: 65_535 }),
      ),
      [502n, 1_502n],
    ),
    unit_ids: v.optional(
      list(
        {
          description:
            "Unit ids that are asked, in this order. Where absent units stay silent, an address is left after the first that was found.",
          wanted: "a list of different unit ids, one at least, such as [1, 2, 126]",
          lengthMin: 1,
          lengthMax: 256,
        },
        whole({ description: "A unit id.", min: 0, max: 255 }),
      ),
      // USUAL_UNIT_IDS of discovery/unit_walk.ts: the order that finds real plants fastest.
      [1, 2, 3, 126, 71, 100, 200, 201, 202, 203, 204, 240, 241, 242, 243, 244, 247]
        .map(BigInt),
    ),
    interval_ms: v.optional(
      whole({
        description: "How often a device that was found is read.",
        unit: "ms",
        min: 100,
        max: DAY_MS,
      }),
      10_000n,
    ),
    models_dir: v.optional(
      v.nullable(pathText(
        "A folder of model definitions (JSON or SMDX) that manufacturers publish: they stand beside the built-in models, those in its folder `replace/` in the place of one (docs/definitions.md).",
        '"/etc/sunspec-collector/models"',
      )),
      null,
    ),
    quirks_file: v.optional(
      v.nullable(pathText(
        "A file that says what devices of a make need: `[[quirks]]` tables in TOML, or the same as JSON, each with `manufacturer`, `model` or `firmware` and any of the keys below that speak of the device (docs/decisions/quirks.md).",
        '"/etc/sunspec-collector/quirks.toml"',
      )),
      null,
    ),
  }),
  v.description("How devices are found."),
);
