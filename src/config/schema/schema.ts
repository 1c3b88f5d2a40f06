/**
 * The configuration, declared once. The type {@linkcode Config}, the checks, the
 * defaults, the words of every fault and the reference all come from here.
 *
 * @module
 */

import * as v from "valibot";
import { HOST_FORM, isHost } from "../../base/address.ts";
import { DISCOVERY } from "./discovery.ts";
import { bytes, choice, duration, list, pathText, text, whole } from "./fields.ts";
import { ID_FORM, isId, isLabel, STATE_FOLDER as STATE } from "./names.ts";
import type { Secret } from "../../base/secret.ts";
import { OBSERVE } from "./observe.ts";
import { QUIRK_FIELDS } from "./quirk_fields.ts";
import { UPLINK } from "./uplink.ts";

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;

const GATEWAY = v.pipe(
  v.object({
    id: v.optional(
      v.nullable(text({
        description:
          "Who this gateway is, in every record. Required for Kafka: images that were cloned share their host name. Otherwise the host name is the default.",
        wanted: ID_FORM,
        example: '"plant7-gw1"',
      }, isId)),
      null,
    ),
    site: v.optional(
      v.nullable(text({
        description: "The plant that the gateway stands in, in every record.",
        wanted: "a text of 1 to 200 characters, without blanks at its ends",
        example: '"plant7"',
      }, isLabel)),
      null,
    ),
  }),
  v.description("Who this gateway is."),
);

const BUFFER = v.pipe(
  v.object({
    path: v.optional(
      pathText(
        "The database in which readings wait for the uplink.",
        `"${STATE}/queue.db"`,
      ),
      `${STATE}/queue.db`,
    ),
    flush_interval_ms: v.optional(
      whole({
        description:
          "Readings are committed together, so often. A crash of the program takes those younger than this.",
        unit: "ms",
        min: 10,
        max: 60_000,
      }),
      1_000n,
    ),
    power_loss_window_ms: v.optional(
      whole({
        description:
          "At most so long after its commit a reading is also safe from a power cut; 0 makes every commit so, at the cost of one more disk flush each.",
        unit: "ms",
        min: 0,
        max: 60_000,
      }),
      1_000n,
    ),
    max_bytes: v.optional(
      bytes({
        description:
          "The database is kept below this; the oldest readings are given up first, each counted and announced.",
        // BYTES_MIN of buffer/retention.ts: in less not one reading has room.
        min: 256 * 1024,
        max: 1024 * GIB,
      }),
      "1GiB",
    ),
    max_rows: v.optional(
      whole({
        description: "No more readings wait than this; the oldest are given up first.",
        min: 1,
        max: 1_000_000_000,
      }),
      10_000_000n,
    ),
    max_age: v.optional(
      v.nullable(duration({
        description:
          "Readings older than this are given up. Without it age alone gives up nothing.",
        example: '"30d"',
        min: 60_000,
        max: 3_650 * DAY_MS,
      })),
      null,
    ),
    set_aside_after_crashes: v.optional(
      whole({
        description:
          "After so many starts in a row that crashed within ten minutes of each other, before they had stored and sent anything, the agent starts with a fresh buffer and without what it remembers of devices; the old file is kept beside it. 0 = never.",
        min: 0,
        max: 100,
      }),
      3n,
    ),
  }),
  v.description("The durable queue between the devices and the uplink."),
);

const DEVICE = v.pipe(
  v.object({
    id: v.optional(
      v.nullable(text({
        description:
          "The device's name in every record; of several unit ids each is `<id>-<unit>`. Without it the name is manufacturer-model-serial, as the device says, and is remembered.",
        wanted: ID_FORM,
        example: '"inv-01"',
      }, isId)),
      null,
    ),
    host: text({
      description: "Where it is.",
      wanted: HOST_FORM,
      example: '"192.168.10.21"',
    }, isHost),
    port: v.optional(
      whole({ description: "Its TCP port.", min: 1, max: 65_535 }),
      502n,
    ),
    unit_ids: v.optional(
      list(
        {
          description:
            "Modbus unit ids behind this address; they share one connection.",
          wanted: "a list of different unit ids, one at least, such as [1]",
          lengthMin: 1,
          lengthMax: 256,
        },
        whole({ description: "A unit id.", min: 0, max: 255 }),
      ),
      [1n],
    ),
    interval_ms: v.optional(
      whole({
        description: "How often it is read, on whole multiples of this in UTC.",
        unit: "ms",
        min: 100,
        max: DAY_MS,
      }),
      10_000n,
    ),
    asleep_interval_ms: v.optional(
      whole({
        description:
          "How often an inverter is read that sleeps, so how soon its morning is noticed; what is less than `interval_ms` counts as that.",
        unit: "ms",
        min: 100,
        max: DAY_MS,
      }),
      60_000n,
    ),
    prefer: v.optional(
      choice({
        description:
          "Which counts where it shows one inverter or meter twice, as floats (111-113, 211-214) and as integers (101-103, 201-204); the other is taken only while this one holds no measurement.",
      }, ["float", "integer"]),
      "float",
    ),
    publish: v.optional(
      list(
        {
          description:
            "What its readings become: normalised records, or a record of each SunSpec model with every point, or both. With `models` every poll reads every model.",
          wanted: 'a list of "normalized" and "models", one at least',
          lengthMin: 1,
          lengthMax: 2,
          example: '["normalized", "models"]',
        },
        choice({ description: "A kind of records." }, ["normalized", "models"]),
      ),
      ["normalized"],
    ),
    timeout_ms: v.optional(
      whole({
        description: "The deadline of one request, from sending to the last byte.",
        unit: "ms",
        min: 50,
        max: 60_000,
      }),
      3_000n,
    ),
    connect_timeout_ms: v.optional(
      whole({
        description: "How long making the TCP connection may take.",
        unit: "ms",
        min: 50,
        max: 60_000,
      }),
      3_000n,
    ),
    ...QUIRK_FIELDS,
  }),
  v.description("One table for each address with SunSpec devices."),
);

const LOG = v.pipe(
  v.object({
    level: v.optional(
      choice(
        { description: "What is less grave than this is not logged." },
        ["debug", "info", "warning", "error"],
      ),
      "info",
    ),
    format: v.optional(
      choice({
        description:
          "JSON lines, or lines for people; `auto` takes the latter on a terminal.",
      }, ["auto", "json", "pretty"]),
      "auto",
    ),
  }),
  v.description("What is written to stderr."),
);

/** How many addresses one gateway may poll. */
export const DEVICES_MAX = 1_000;

/** The whole of a configuration file. */
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

/** The same, to be read only. */
export type Frozen<T> = T extends Secret | string | number | boolean | null | undefined
  ? T
  : { readonly [K in keyof T]: Frozen<T[K]> };

/** A checked configuration, defaults filled in. Keys are those of the file. */
export type Config = Frozen<v.InferOutput<typeof CONFIG_SCHEMA>>;

/** One table of `[[devices]]`. */
export type DeviceConfig = Config["devices"][number];
