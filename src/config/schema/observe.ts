/**
 * The `[observe]` table: status server and metrics export.
 *
 * @module
 */

import * as v from "valibot";
import { parseHostPort } from "../../base/network/address.ts";
import { integerField, secretField, switchableField } from "./fields.ts";

/** The `[observe]` table. */
export const OBSERVE = v.pipe(
  v.object({
    listen: v.optional(
      switchableField(
        {
          description:
            "Listen address of the HTTP status server: `/status`, `/metrics`, `/healthz` and `/readyz`. There is no authentication: any machine that can reach the address can read device names and addresses. Only this machine can reach a loopback address.",
          wanted: '"HOST:PORT" of this machine',
        },
        (found) => parseHostPort(found) !== undefined,
      ),
      "127.0.0.1:9464",
    ),
    otlp_url: v.optional(
      switchableField(
        {
          description:
            "Complete URL to which metrics are pushed as OTLP over HTTP (JSON).",
          example: '"http://collector.example:4318/v1/metrics"',
          wanted: "an http or https URL without a password in it",
        },
        isOtlpUrl,
      ),
      "",
    ),
    otlp_interval_ms: v.optional(
      integerField({
        description: "Interval of the metrics push.",
        unit: "ms",
        min: 1_000,
        max: 3_600_000,
      }),
      60_000n,
    ),
    otlp_authorization: v.optional(
      v.nullable(secretField({
        description:
          "Authorization header of the metrics push, set only by the environment variable.",
        instead:
          "the environment variable SUNSPEC_COLLECTOR__OBSERVE__OTLP_AUTHORIZATION",
      })),
      null,
    ),
  }),
  v.description("Status server and metrics export."),
);

/** A URL with a password is rejected because URLs are shown and logged. */
function isOtlpUrl(found: string): boolean {
  const url = URL.parse(found);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "";
}
