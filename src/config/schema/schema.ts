/**
 * The declaration of the configuration: the source of the type {@linkcode Config}, the
 * checks, the defaults, the messages and the reference.
 *
 * @module
 */

import * as v from "valibot";
import { DEVICE } from "./device.ts";
import { DISCOVERY } from "./discovery.ts";
import {
  bytesField,
  choiceField,
  durationField,
  integerField,
  pathField,
  textField,
} from "./fields.ts";
import { ID_FORM, isId, isLabel, STATE_FOLDER as STATE } from "./names.ts";
import type { Secret } from "../../base/secret.ts";
import { OBSERVE } from "./observe.ts";
import { UPLINK } from "./uplink.ts";

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;

const GATEWAY = v.pipe(
  v.object({
    id: v.optional(
      v.nullable(textField({
        description:
          "Id of this gateway in every record. Required for Kafka because gateways from a cloned image share their host name; otherwise defaults to the host name.",
        wanted: ID_FORM,
        example: '"plant7-gw1"',
      }, isId)),
      null,
    ),
    site: v.optional(
      v.nullable(textField({
        description: "Name of the plant in every record.",
        wanted: "a string of 1 to 200 characters without leading or trailing spaces",
        example: '"plant7"',
      }, isLabel)),
      null,
    ),
  }),
  v.description("Identity of this gateway."),
);

const BUFFER = v.pipe(
  v.object({
    path: v.optional(
      pathField(
        "SQLite database that stores records until the uplink has delivered them.",
        `"${STATE}/queue.db"`,
      ),
      `${STATE}/queue.db`,
    ),
    flush_interval_ms: v.optional(
      integerField({
        description:
          "Interval at which records are committed together. A crash of the program loses records younger than this.",
        unit: "ms",
        min: 10,
        max: 60_000,
      }),
      1_000n,
    ),
    power_loss_window_ms: v.optional(
      integerField({
        description:
          "Maximum time between the commit of a record and its safety from a power cut. 0 makes every commit safe at the cost of one more disk flush each.",
        unit: "ms",
        min: 0,
        max: 60_000,
      }),
      1_000n,
    ),
    max_bytes: v.optional(
      bytesField({
        description:
          "Maximum size of the database. When it is reached, the oldest records are evicted; every eviction is counted and reported as a gap. The least size increases with the number of devices; `check` states it.",
        // BYTES_MIN of buffer/retention.ts, the least size without devices.
        min: 512 * 1024,
        max: 1024 * GIB,
      }),
      "1GiB",
    ),
    max_rows: v.optional(
      integerField({
        description:
          "Maximum number of records in the buffer. At this limit, the oldest records are evicted.",
        min: 1,
        max: 1_000_000_000,
      }),
      10_000_000n,
    ),
    max_age: v.optional(
      v.nullable(durationField({
        description:
          "Records older than this are evicted. If unset, records are not evicted by age.",
        example: '"30d"',
        min: 60_000,
        max: 3_650 * DAY_MS,
      })),
      null,
    ),
    set_aside_after_crashes: v.optional(
      integerField({
        description:
          "Number of consecutive crashes within ten minutes after which the agent starts with a new buffer and without its device cache. A crash counts if it occurs before the agent has stored records and tried to send them. The old buffer file is kept under another name. 0 = never.",
        min: 0,
        max: 100,
      }),
      3n,
    ),
  }),
  v.description("Durable queue between the devices and the uplink."),
);

const LOG = v.pipe(
  v.object({
    level: v.optional(
      choiceField(
        { description: "Minimum severity to log." },
        ["debug", "info", "warning", "error"],
      ),
      "info",
    ),
    format: v.optional(
      choiceField({
        description:
          "`json` writes JSON lines, `pretty` readable text; `auto` is `pretty` on a terminal and in the systemd journal, else `json`.",
      }, ["auto", "json", "pretty"]),
      "auto",
    ),
  }),
  v.description("Log output on stderr."),
);

/** Maximum number of `[[devices]]` tables. */
export const DEVICES_MAX = 1_000;

/** The configuration file. */
export const CONFIG_SCHEMA = v.object({
  gateway: v.optional(GATEWAY, {}),
  buffer: v.optional(BUFFER, {}),
  uplink: v.optional(UPLINK, {}),
  discovery: v.optional(DISCOVERY, {}),
  devices: v.optional(
    v.pipe(v.array(DEVICE), v.maxLength(DEVICES_MAX)),
    [],
  ),
  log: v.optional(LOG, {}),
  observe: v.optional(OBSERVE, {}),
});

/** Deeply read-only. */
export type Frozen<T> = T extends Secret | string | number | boolean | null | undefined
  ? T
  : { readonly [K in keyof T]: Frozen<T[K]> };

/** A checked configuration with defaults; the keys are those of the file. */
export type Config = Frozen<v.InferOutput<typeof CONFIG_SCHEMA>>;

/** One table of `[[devices]]`. */
export type DeviceConfig = Config["devices"][number];
