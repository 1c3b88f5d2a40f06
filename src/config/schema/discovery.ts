/**
 * The `[discovery]` table: how devices are found.
 *
 * @module
 */

import * as v from "valibot";
import { COMMON_UNIT_IDS } from "../../base/network/common_unit_ids.ts";
import { ADDRESSES_MAX, expandAddresses } from "../../base/network/ip_range.ts";
import {
  choiceField,
  durationField,
  type Field,
  integerField,
  listField,
  pathField,
  textField,
} from "./fields.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const RANGE_FORM =
  `an IPv4 address, range or network with at most ${ADDRESSES_MAX} addresses, such as "192.168.10.0/24" or "192.168.10.20-60"`;

function ranges(description: string, example: string): Field<string[]> {
  return listField(
    {
      description,
      wanted: 'a list of different ranges, such as ["192.168.10.0/24"]',
      lengthMin: 0,
      lengthMax: 64,
      example,
    },
    textField(
      { description: "A range.", wanted: RANGE_FORM },
      (found) => expandAddresses(found).ok,
    ),
  );
}

/** The `[discovery]` table. */
export const DISCOVERY = v.pipe(
  v.object({
    mode: v.optional(
      choiceField({
        description:
          "`static_config` polls only the devices in `[[devices]]`; `subnet_scan` also scans `ranges`. Addresses listed in `[[devices]]` are excluded from the scan.",
      }, ["static_config", "subnet_scan"]),
      "static_config",
    ),
    ranges: v.optional(
      ranges("Addresses to scan.", '["192.168.10.0/24"]'),
      [],
    ),
    exclude: v.optional(
      ranges("Addresses within `ranges` that are not scanned.", '["192.168.10.1"]'),
      [],
    ),
    rescan_interval: v.optional(
      durationField({
        description:
          "Time between scans. While a discovered device does not answer, the scan for its new address starts sooner: after one minute, then at increasing intervals.",
        min: 10 * SECOND_MS,
        max: 30 * DAY_MS,
      }),
      "1h",
    ),
    adopt: v.optional(
      choiceField({
        description:
          "What to do with a discovered device: `auto` polls it, `report` only logs it.",
      }, ["auto", "report"]),
      "auto",
    ),
    ports: v.optional(
      listField(
        {
          description: "TCP ports to probe, in this order.",
          wanted: "a list of one or more different ports, such as [502]",
          lengthMin: 1,
          lengthMax: 8,
        },
        integerField({ description: "A port.", min: 1, max: 65_535 }),
      ),
      [502n, 1_502n],
    ),
    unit_ids: v.optional(
      listField(
        {
          description:
            "Unit ids to probe, in this order. At an address where absent units do not answer, the scan stops after the first unit that does.",
          wanted: "a list of one or more different unit ids, such as [1, 2, 126]",
          lengthMin: 1,
          lengthMax: 256,
        },
        integerField({ description: "A unit id.", min: 0, max: 255 }),
      ),
      COMMON_UNIT_IDS.map(BigInt),
    ),
    interval_ms: v.optional(
      integerField({
        description: "Poll interval of discovered devices.",
        unit: "ms",
        min: 100,
        max: DAY_MS,
      }),
      10_000n,
    ),
    models_dir: v.optional(
      v.nullable(pathField(
        "Folder of vendor model definitions (JSON or SMDX). They are added to the built-in models; those in its subfolder `replace/` replace built-in models (docs/definitions.md).",
        '"/etc/sunspec-collector/models"',
      )),
      null,
    ),
    quirks_file: v.optional(
      v.nullable(pathField(
        "File with settings for devices of a manufacturer or model: `[[quirks]]` tables in TOML, or the same in JSON, each with `manufacturer`, `model` or `firmware` and the keys to set (docs/decisions/quirks.md).",
        '"/etc/sunspec-collector/quirks.toml"',
      )),
      null,
    ),
  }),
  v.description("Device discovery."),
);
