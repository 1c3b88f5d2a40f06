/**
 * Explains errors of brokers that do not accept the compression of a batch. Pure.
 *
 * @module
 */

import type { SendFailure } from "../uplink.ts";
import type { BatchCompression } from "./options.ts";

/**
 * Errors 43 and 76 of the Kafka protocol. Azure Event Hubs answers a compression that it
 * does not support with one of them, and so do topics with a message format before
 * Kafka 0.11 (43) and brokers before Kafka 2.1 that know the codec zstd (76).
 */
const REFUSALS: ReadonlySet<string> = new Set([
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "UNSUPPORTED_COMPRESSION_TYPE",
]);

/** The failure, with the setting in use if the compression may be its cause. */
export function explainCompressionRefusal(
  failure: SendFailure,
  compression: BatchCompression,
): SendFailure {
  const { errorName, detail } = failure;
  if (!REFUSALS.has(errorName)) return failure;
  return {
    errorName,
    detail: `${detail}; sent with uplink.compression = "${compression}"`,
  };
}
