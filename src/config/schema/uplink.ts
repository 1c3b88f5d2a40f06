/**
 * The `[uplink]` table: where records are sent.
 *
 * @module
 */

import * as v from "valibot";
import { parseHostPort } from "../../base/network/address.ts";
import {
  bytesField,
  choiceField,
  type Field,
  integerField,
  listField,
  pathField,
  secretField,
  textField,
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
  return textField(
    { description: `Topic for ${records} records.`, wanted: TOPIC_FORM },
    isTopic,
  );
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
      textField({
        description:
          'Topic for records of single SunSpec models (`publish = ["models"]`). `{id}` is replaced by the model id; without it, all models share one topic.',
        wanted: `${TOPIC_FORM}; \`{id}\` counts as 5`,
      }, (found) => isTopic(found.replaceAll("{id}", "65535"))),
      "sunspec.model.{id}",
    ),
  }),
  v.description("Topic of each kind of record. The agent does not create topics."),
);

const FILES = v.pipe(
  v.object({
    path: v.optional(
      pathField("Folder of the Avro container files.", `"${STATE}/records"`),
      `${STATE}/records`,
    ),
    max_bytes: v.optional(
      bytesField({
        description:
          "Maximum total size of all files. When it is reached, the oldest files are deleted.",
        min: 1024 ** 2,
        max: 1024 * GIB,
      }),
      "1GiB",
    ),
    rotate_bytes: v.optional(
      bytesField({
        description: "Size at which a file is closed and a new one is started.",
        min: 64 * 1024,
        max: 16 * GIB,
      }),
      "16MiB",
    ),
    rotate_interval_ms: v.optional(
      integerField({
        description:
          "Age at which a file is closed. Until then its name ends in `.avro.part`.",
        unit: "ms",
        min: 1_000,
        max: 7 * DAY_MS,
      }),
      BigInt(HOUR_MS),
    ),
  }),
  v.description('Settings for `kind = "files"`.'),
);

/** `[uplink]`, with its tables `topics` and `files`. */
export const UPLINK = v.pipe(
  v.object({
    kind: v.optional(
      choiceField({
        description:
          "Destination of the records: Apache Kafka, or Avro container files in a folder.",
      }, ["files", "kafka"]),
      "files",
    ),
    brokers: v.optional(
      listField(
        {
          description:
            "Kafka brokers for the first connection. The others are discovered from them.",
          wanted: 'a list of different brokers, such as ["kafka1.example:9093"]',
          lengthMin: 0,
          lengthMax: 64,
          example: '["kafka1.example:9093"]',
        },
        textField(
          { description: "A broker.", wanted: '"HOST:PORT"' },
          (found) => parseHostPort(found) !== undefined,
        ),
      ),
      [],
    ),
    security_protocol: v.optional(
      choiceField(
        { description: "Protocol used to talk to the brokers." },
        ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
      ),
      "PLAINTEXT",
    ),
    ca_file: v.optional(
      v.nullable(pathField(
        "File with the certificate authorities (PEM) that may sign the brokers' certificates. If unset, those that Deno trusts (environment variable DENO_TLS_CA_STORE).",
        '"/etc/sunspec-collector/ca.pem"',
      )),
      null,
    ),
    cert_file: v.optional(
      v.nullable(pathField(
        "File with the gateway's certificate (PEM) for mutual TLS.",
        '"/etc/sunspec-collector/gateway.pem"',
      )),
      null,
    ),
    key_file: v.optional(
      v.nullable(pathField(
        "File with the private key (PEM) of that certificate.",
        '"/etc/sunspec-collector/gateway.key"',
      )),
      null,
    ),
    sasl_mechanism: v.optional(
      v.nullable(choiceField(
        {
          description: "SASL mechanism for authentication.",
          example: '"SCRAM-SHA-512"',
        },
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
      )),
      null,
    ),
    sasl_username: v.optional(
      v.nullable(textField({
        description: "SASL user name.",
        wanted: "a string of 1 to 200 characters",
        example: '"plant7"',
      }, isLabel)),
      null,
    ),
    sasl_password_file: v.optional(
      v.nullable(pathField(
        "File that contains only the SASL password. A newline at its end is ignored.",
        '"/etc/sunspec-collector/kafka-password"',
      )),
      null,
    ),
    sasl_password: v.optional(
      v.nullable(secretField({
        description:
          "SASL password, set only by the environment variable. Overrides the file.",
        instead:
          "sasl_password_file or the environment variable SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD",
      })),
      null,
    ),
    client_id: v.optional(
      textField({
        description: "Client id in the brokers' logs and quotas.",
        wanted: ID_FORM,
      }, isId),
      "sunspec-collector",
    ),
    compression: v.optional(
      choiceField({
        description:
          'Compression of batches sent to Kafka. zstd requires Kafka 2.1 or later. For a broker that refuses compressed records, such as some tiers of Azure Event Hubs: `"gzip"` or `"none"`.',
      }, ["zstd", "gzip", "none"]),
      "zstd",
    ),
    message_timeout_ms: v.optional(
      integerField({
        description: "A send without a result after this time counts as failed.",
        unit: "ms",
        min: 500,
        max: 300_000,
      }),
      5_000n,
    ),
    linger_ms: v.optional(
      integerField({
        description:
          "Time to wait for more records before a batch that is not full is sent.",
        unit: "ms",
        min: 0,
        max: 10_000,
      }),
      20n,
    ),
    batch_rows_max: v.optional(
      integerField({
        description: "Maximum number of records in a batch.",
        min: 1,
        max: 10_000,
      }),
      1_000n,
    ),
    topics: v.optional(TOPICS, {}),
    files: v.optional(FILES, {}),
  }),
  v.description("Destination of the records."),
);
