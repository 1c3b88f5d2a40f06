/**
 * The part of the configuration that says where readings go.
 *
 * @module
 */

import * as v from "valibot";
import { parseHostPort } from "../../base/address.ts";
import {
  bytes,
  choice,
  type Field,
  list,
  pathText,
  secret,
  text,
  whole,
} from "./fields.ts";
import {
  ID_FORM,
  isId,
  isLabel,
  isTopic,
  STATE_FOLDER as STATE,
  TOPIC_FORM,
} from "./names.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GIB = 2 ** 30;

function topic(records: string): Field<string> {
  return text({ description: `Topic of ${records}.`, wanted: TOPIC_FORM }, isTopic);
}

const TOPICS = v.pipe(
  v.object({
    inverter: v.optional(topic("NormalizedInverterData"), "sunspec.inverter"),
    meter: v.optional(topic("NormalizedMeterData"), "sunspec.meter"),
    storage: v.optional(topic("NormalizedStorageData"), "sunspec.storage"),
    environment: v.optional(topic("NormalizedEnvironmentData"), "sunspec.environment"),
    combiner: v.optional(topic("NormalizedCombinerData"), "sunspec.combiner"),
    events: v.optional(topic("CollectorEvent"), "sunspec.events"),
    models: v.optional(
      text({
        description:
          'Topic of the records of single SunSpec models (`publish = ["models"]`); the model\'s id stands in for `{id}`, without which they share one topic.',
        wanted: `${TOPIC_FORM}, \`{id}\` counting as 5`,
      }, (found) => isTopic(found.replaceAll("{id}", "65535"))),
      "sunspec.model.{id}",
    ),
  }),
  v.description("Where each kind of record goes. The agent never creates a topic."),
);

const FILES = v.pipe(
  v.object({
    path: v.optional(
      pathText("The folder of the Avro container files.", `"${STATE}/records"`),
      `${STATE}/records`,
    ),
    max_bytes: v.optional(
      bytes({
        description: "All files together stay below this; the oldest are deleted.",
        min: 1024 ** 2,
        max: 1024 * GIB,
      }),
      "1GiB",
    ),
    rotate_bytes: v.optional(
      bytes({
        description: "A file that has grown to this is finished and a new one begun.",
        min: 64 * 1024,
        max: 16 * GIB,
      }),
      "16MiB",
    ),
    rotate_interval_ms: v.optional(
      whole({
        description: "A file that is this old is finished.",
        unit: "ms",
        min: 1_000,
        max: 7 * DAY_MS,
      }),
      BigInt(HOUR_MS),
    ),
  }),
  v.description('For `kind = "files"`.'),
);

/** `[uplink]`, with its tables `topics` and `files`. */
export const UPLINK = v.pipe(
  v.object({
    kind: v.optional(
      choice({
        description:
          "Where readings go: to Apache Kafka, or to Avro container files in a folder.",
      }, ["files", "kafka"]),
      "files",
    ),
    brokers: v.optional(
      list(
        {
          description: "Kafka brokers to begin with; the others are learnt from them.",
          wanted: 'a list of different brokers, such as ["kafka1.example:9093"]',
          lengthMin: 0,
          lengthMax: 64,
          example: '["kafka1.example:9093"]',
        },
        text(
          { description: "A broker.", wanted: '"HOST:PORT"' },
          (found) => parseHostPort(found) !== undefined,
        ),
      ),
      [],
    ),
    security_protocol: v.optional(
      choice(
        { description: "How the brokers are spoken to." },
        ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
      ),
      "PLAINTEXT",
    ),
    ca_file: v.optional(
      v.nullable(pathText(
        "Certificate authorities (PEM) that the brokers' certificates must come from; without it those that Deno trusts (its variable DENO_TLS_CA_STORE).",
        '"/etc/sunspec-collector/ca.pem"',
      )),
      null,
    ),
    cert_file: v.optional(
      v.nullable(pathText(
        "The gateway's own certificate (PEM), for mutual TLS.",
        '"/etc/sunspec-collector/gateway.pem"',
      )),
      null,
    ),
    key_file: v.optional(
      v.nullable(pathText(
        "The key (PEM) of that certificate.",
        '"/etc/sunspec-collector/gateway.key"',
      )),
      null,
    ),
    sasl_mechanism: v.optional(
      v.nullable(choice(
        { description: "How the gateway says who it is.", example: '"SCRAM-SHA-512"' },
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
      )),
      null,
    ),
    sasl_username: v.optional(
      v.nullable(text({
        description: "The user's name.",
        wanted: "a text of 1 to 200 characters",
        example: '"plant7"',
      }, isLabel)),
      null,
    ),
    sasl_password_file: v.optional(
      v.nullable(pathText(
        "A file that holds the password alone; a line end after it is not part of it.",
        '"/etc/sunspec-collector/kafka-password"',
      )),
      null,
    ),
    sasl_password: v.optional(
      v.nullable(secret({
        description:
          "The password, by the environment variable alone; it wins over the file.",
        wanted:
          "no secret in this file: name a file that holds it by sasl_password_file, or set the environment variable SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD",
      })),
      null,
    ),
    client_id: v.optional(
      text({
        description: "What the brokers' logs and quotas call this client.",
        wanted: ID_FORM,
      }, isId),
      "sunspec-collector",
    ),
    message_timeout_ms: v.optional(
      whole({
        description: "A send that has no verdict after this counts as failed.",
        unit: "ms",
        min: 500,
        max: 300_000,
      }),
      5_000n,
    ),
    linger_ms: v.optional(
      whole({
        description:
          "How long to wait for more readings before a send that is not full.",
        unit: "ms",
        min: 0,
        max: 10_000,
      }),
      20n,
    ),
    batch_rows_max: v.optional(
      whole({
        description: "No send carries more readings.",
        min: 1,
        max: 10_000,
      }),
      1_000n,
    ),
    topics: v.optional(TOPICS, {}),
    files: v.optional(FILES, {}),
  }),
  v.description("Where readings go."),
);
