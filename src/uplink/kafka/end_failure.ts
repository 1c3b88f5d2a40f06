/**
 * The failure of work with a broker that ended early. Pure.
 *
 * @module
 */

import type { SendFailure } from "../uplink.ts";
import { nameFailure } from "./errors.ts";
import type { KafkaOptions } from "./options.ts";
import type { WorkEnd } from "./silence.ts";

/** The failure of what got no answer. */
export function describeEnd(
  end: WorkEnd,
  produced: boolean,
  timeoutMs: number,
  options: KafkaOptions,
): SendFailure {
  if (end.kind === "failed") {
    return withHint(nameFailure(end.error, { produced }), options);
  }
  return produced
    ? {
      errorName: "TIMEOUT",
      detail: `no acknowledgement from the broker within ${timeoutMs} ms`,
    }
    : {
      errorName: "UNREACHABLE",
      detail: `no answer from the broker within ${timeoutMs} ms`,
    };
}

/** A broker that closes the connection at once often expects another protocol on this port. */
function withHint(
  failure: SendFailure,
  { securityProtocol }: KafkaOptions,
): SendFailure {
  const { errorName, detail } = failure;
  if (
    errorName !== "UNREACHABLE" || !/closed|end of file|reset|ended/i.test(detail)
  ) return failure;
  const hint = `check that this is the port for ${securityProtocol}`;
  return { errorName, detail: `${detail} (${hint})` };
}
