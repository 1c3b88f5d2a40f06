/**
 * The session pool over real TCP.
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import { createLinkOpener } from "./client.ts";
import type { OpenLink } from "./connection.ts";
import { createSessionPool } from "./session_pool.ts";
import type { SessionPool } from "./reader.ts";
import { resolveHost } from "./resolve.ts";

/** Makes a pool that connects by TCP, unless told otherwise, and resolves names as the machine does. */
export function createTcpPool(
  clock: Clock,
  chance: Random,
  openLink: OpenLink = createLinkOpener(clock),
): SessionPool {
  return createSessionPool({ openLink, resolve: resolveHost, clock, chance });
}
