/**
 * The part of the configuration that says who may look at the agent, and how.
 *
 * @module
 */

import * as v from "valibot";
import { parseHostPort } from "./address.ts";
import { switchable } from "./fields.ts";

/** The `[observe]` table. */
export const OBSERVE = v.pipe(
  v.object({
    listen: v.optional(
      switchable(
        {
          description:
            "Where the agent answers, over HTTP, how it stands: `/status`, `/healthz` and `/readyz`. Only this machine reaches a loopback address; whoever reaches another one reads device names and addresses, without a password.",
          wanted: '"HOST:PORT" of this machine',
        },
        (found) => parseHostPort(found) !== undefined,
      ),
      "127.0.0.1:9464",
    ),
  }),
  v.description("Who may look at the agent."),
);
