/**
 * Converts errors of the Kafka client to a {@linkcode SendFailure}.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import type { SendFailure } from "../uplink.ts";
import { addressOfLabel } from "./broker_label.ts";
import { describeConnectionError } from "./client_log.ts";

/** Causes are followed to this depth. */
const DEPTH_MAX = 8;

/** The state of the send when the error was thrown. */
export interface ErrorContext {
  /** True if a request with rows had been sent to the broker. */
  readonly produced: boolean;
}

/** TLS failures, by the messages of rustls and OpenSSL. */
const TLS: readonly (readonly [RegExp, string])[] = [
  [
    /UnknownIssuer|unable to (get|verify)|self[- ]signed|BadSignature|CaUsedAsEndEntity|UnsupportedCertVersion/i,
    "TLS_UNTRUSTED",
  ],
  [
    /NotValidForName|not valid for name|ERR_TLS_CERT_ALTNAME|does not match certificate/i,
    "TLS_WRONG_NAME",
  ],
  [
    /certificate (has )?expired|CertExpired|NotValidYet|invalid peer certificate: Expired/i,
    "TLS_EXPIRED",
  ],
  [
    /certificate|handshake|InvalidContentType|corrupt message|wrong version number|received fatal alert|\bTLS\b|\bSSL\b|PEM|private key|No keys found/i,
    "TLS_FAILURE",
  ],
];

/** Errors of kafkajs that mean that no broker can be reached. */
const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSRequestTimeoutError",
  "KafkaJSBrokerNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSLockTimeout",
  "KafkaJSMetadataNotLoaded",
  "KafkaJSTopicMetadataNotLoaded",
]);

/** Causes that {@linkcode describeConnectionError} has a text for. */
const KNOWN_CAUSES =
  /\bE[A-Z]{4,}\b|^(Closed connection|unexpected end of file|Connection timeout)$/;

interface Link {
  readonly name: string;
  readonly type: string;
  readonly message: string;
  readonly broker: string;
}

/**
 * Classifies an error. An error of the broker takes precedence over the client's
 * errors around it. A lost connection is `TIMEOUT` if rows had been sent (they may
 * have arrived) and `UNREACHABLE` otherwise.
 */
export function nameFailure(thrown: unknown, context: ErrorContext): SendFailure {
  const chain = unwrap(thrown);
  const innermost = chain.at(-1);
  const detail = innermost?.message ?? "unknown";
  const brokerError = chain.find(({ type }) =>
    type !== "" && type !== "KAFKAJS_UNKNOWN_ERROR_CODE"
  );
  if (brokerError !== undefined) {
    return { errorName: brokerError.type, detail: brokerError.message };
  }
  if (chain.some(({ name }) => name === "KafkaJSSASLAuthenticationError")) {
    const unsupported = /mechanism is not supported/.test(detail);
    return {
      errorName: unsupported
        ? "UNSUPPORTED_SASL_MECHANISM"
        : "SASL_AUTHENTICATION_FAILED",
      detail,
    };
  }
  if (chain.some(({ name }) => name === "KafkaJSServerDoesNotSupportApiKey")) {
    return { errorName: "UNSUPPORTED_VERSION", detail };
  }
  for (const { message } of chain) {
    for (const [words, errorName] of TLS) {
      if (words.test(message)) return { errorName, detail: message };
    }
  }
  if (chain.some(({ name }) => CONNECTION_ERRORS.has(name))) {
    return {
      errorName: context.produced ? "TIMEOUT" : "UNREACHABLE",
      detail: describeConnection(detail, chain),
    };
  }
  return { errorName: innermost?.type || innermost?.name || "UNKNOWN", detail };
}

function describeConnection(detail: string, chain: readonly Link[]): string {
  const broker = chain.find(({ broker }) => broker !== "")?.broker;
  const cause = detail.replace(/^Connection error: /, "");
  const address = broker === undefined ? "the broker" : addressOfLabel(broker);
  return KNOWN_CAUSES.test(cause) ? describeConnectionError(cause, address) : cause;
}

/** The error and its causes, outermost first. */
function unwrap(thrown: unknown): Link[] {
  const chain: Link[] = [];
  let at = thrown;
  for (let depth = 0; depth < DEPTH_MAX && isObject(at); depth++) {
    chain.push({
      name: textOf(at["name"]),
      type: textOf(at["type"]),
      message: textOf(at["message"]),
      broker: textOf(at["broker"]),
    });
    const errors: unknown = at["errors"];
    at = at["cause"] ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  if (chain.length === 0) {
    chain.push({ name: "", type: "", message: String(thrown), broker: "" });
  }
  return chain;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
