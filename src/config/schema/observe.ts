/**
 * The part of the configuration that says who may look at the agent, and how.
 *
 * @module
 */

import * as v from "valibot";
import { parseHostPort } from "../../base/address.ts";
import { secret, switchable, whole } from "./fields.ts";

/** The `[observe]` table. */
export const OBSERVE = v.pipe(
  v.object({
    listen: v.optional(
      switchable(
        {
          description:
            "Where the agent answers, over HTTP, how it stands: `/status`, `/metrics`, `/healthz` and `/readyz`. Only this machine reaches a loopback address; whoever reaches another one reads device names and addresses, without a password.",
          wanted: '"HOST:PORT" of this machine',
        },
        (found) => parseHostPort(found) !== undefined,
      ),
      "127.0.0.1:9464",
    ),
    otlp_url: v.optional(
      switchable(
        {
          description:
            "Where the metrics go by themselves, as OTLP over HTTP (JSON): the whole URL.",
          example: '"http://collector.example:4318/v1/metrics"',
          wanted: "an http or https URL without a password in it",
        },
        isOtlpUrl,
      ),
      "",
    ),
    otlp_interval_ms: v.optional(
      whole({
        description: "How often they go.",
        unit: "ms",
        min: 1_000,
        max: 3_600_000,
      }),
      60_000n,
    ),
    otlp_authorization: v.optional(
      v.nullable(secret({
        description:
          "The Authorization header that goes with them, by the environment variable alone.",
        wanted:
          "no secret in this file: set the environment variable SUNSPEC_COLLECTOR__OBSERVE__OTLP_AUTHORIZATION",
      })),
      null,
    ),
  }),
  v.description("Who may look at the agent."),
);

/** A secret has no place in a URL: it is shown and logged. */
function isOtlpUrl(found: string): boolean {
  const url = URL.parse(found);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "";
}
