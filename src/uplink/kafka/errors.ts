/**
 * Turns what the Kafka client throws into a name and words.
 *
 * @module
 */

import type { SendFailure } from "../uplink.ts";

/** Causes are followed this deep. */
const DEPTH_MAX = 8;

/** What is known when an error is thrown. */
export interface ErrorContext {
  /** True if a request with rows had left for the broker. */
  readonly produced: boolean;
}

/** TLS failures by the words that rustls and OpenSSL have for them. */
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

/** The names of kafkajs' errors that say that the broker is away. */
const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSBrokerNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSLockTimeout",
  "KafkaJSMetadataNotLoaded",
  "KafkaJSTopicMetadataNotLoaded",
]);

interface Link {
  readonly name: string;
  readonly type: string;
  readonly message: string;
}

/**
 * Names a failure. The broker's own verdict wins over what the client wraps
 * around it; a broken connection counts as `TIMEOUT` if rows had left for the
 * broker (they may have arrived) and as `UNREACHABLE` otherwise.
 */
export function nameFailure(thrown: unknown, context: ErrorContext): SendFailure {
  const chain = unwrap(thrown);
  const innermost = chain.at(-1);
  const detail = innermost?.message ?? "unknown";
  const verdict = chain.find(({ type }) =>
    type !== "" && type !== "KAFKAJS_UNKNOWN_ERROR_CODE"
  );
  if (verdict !== undefined) {
    return { errorName: verdict.type, detail: verdict.message };
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
  if (chain.some(({ name }) => name === "KafkaJSRequestTimeoutError")) {
    return { errorName: context.produced ? "TIMEOUT" : "UNREACHABLE", detail };
  }
  if (chain.some(({ name }) => CONNECTION_ERRORS.has(name))) {
    return { errorName: context.produced ? "TIMEOUT" : "UNREACHABLE", detail };
  }
  return { errorName: innermost?.type || innermost?.name || "UNKNOWN", detail };
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
    });
    const errors: unknown = at["errors"];
    at = at["cause"] ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  if (chain.length === 0) chain.push({ name: "", type: "", message: String(thrown) });
  return chain;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
