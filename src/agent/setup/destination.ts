/**
 * Creates the uplink that the configuration selects.
 *
 * @module
 */

import type { Log } from "../../base/log.ts";
import type { Buffer } from "../../buffer/buffer.ts";
import type { LoadedConfig } from "../../config/source/load.ts";
import { contractSchemaText } from "../../records/avro/writer_schema.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { createFilesUplink } from "../../uplink/files/files_uplink.ts";
import { createKafkaUplink } from "../../uplink/kafka/kafka_uplink.ts";
import type { KafkaOptions } from "../../uplink/kafka/options.ts";
import type { Destination } from "../../uplink/sender.ts";
import type { Uplink } from "../../uplink/uplink.ts";

/** Maximum length of a text that the Kafka client logs. */
const CLIENT_TEXT_MAX = 200;

/** Creates the uplink, with the settings of its pump. The only place that creates one for an `uplink.kind`. */
export function createDestination(
  loaded: LoadedConfig,
  buffer: Buffer,
  log: Log,
): Destination {
  const { uplink } = loaded.config;
  const pump = { batchRowsMax: uplink.batch_rows_max, lingerMs: uplink.linger_ms };
  const { kind } = uplink;
  switch (kind) {
    case "files":
      return { ...pump, uplink: filesUplink(loaded, buffer, log), brokerAddress: null };
    case "kafka": {
      const [brokerAddress = null] = uplink.brokers;
      return { ...pump, uplink: kafkaUplink(loaded, log), brokerAddress };
    }
    default:
      return kind satisfies never;
  }
}

/** The options of the Kafka client in a configuration. */
export function toKafkaOptions(
  { config: { uplink }, credentials }: LoadedConfig,
): KafkaOptions {
  const { ca, cert, key, saslPassword } = credentials;
  return {
    brokers: uplink.brokers,
    clientId: uplink.client_id,
    securityProtocol: uplink.security_protocol,
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key: key.reveal() }),
    ...(uplink.sasl_mechanism === null ? {} : {
      sasl: {
        mechanism: uplink.sasl_mechanism,
        username: uplink.sasl_username ?? "",
        password: saslPassword?.reveal() ?? "",
      },
    }),
    messageTimeoutMs: uplink.message_timeout_ms,
    compression: uplink.compression,
  };
}

function filesUplink(
  { config: { uplink: { files } } }: LoadedConfig,
  buffer: Buffer,
  log: Log,
): Uplink {
  return createFilesUplink({
    folder: files.path,
    schema: (fingerprint, signal) => findSchema(buffer, fingerprint, signal),
    rotateBytes: files.rotate_bytes,
    rotateMs: files.rotate_interval_ms,
    maxBytes: files.max_bytes,
    onEvent: (event) =>
      log.event(`files.${event.kind}`, {
        file: event.file,
        ...("bytes" in event ? { bytes: event.bytes } : {}),
        ...("cutBytes" in event ? { cutBytes: event.cutBytes } : {}),
        ...("detail" in event ? { detail: event.detail } : {}),
      }),
  }, SYSTEM_CLOCK);
}

/** The stored text of a schema; a damaged one is replaced if this program knows it. */
export async function findSchema(
  buffer: Pick<Buffer, "schema" | "addSchema">,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stored = await buffer.schema(fingerprint, signal);
  if (stored !== undefined) return stored;
  const own = contractSchemaText(fingerprint);
  if (own !== undefined) buffer.addSchema(fingerprint, own);
  return own;
}

function kafkaUplink(loaded: LoadedConfig, log: Log): Uplink {
  return createKafkaUplink(toKafkaOptions(loaded), (level, message, fields) => {
    if (level === "debug") return;
    log.event("uplink.client", { level, message, ...toLogFields(fields) });
  });
}

/** The fields of the Kafka client's message that a log line can contain. */
function toLogFields(
  fields: Readonly<Record<string, unknown>>,
): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
    else if (typeof value === "string") kept[name] = value.slice(0, CLIENT_TEXT_MAX);
  }
  return kept;
}
