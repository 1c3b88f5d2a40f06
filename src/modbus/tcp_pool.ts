/**
 * The session pool over TCP.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { createConnectionOpener } from "./client.ts";
import type { OpenConnection } from "./connection.ts";
import type { SessionPool } from "./reader.ts";
import { resolveHost } from "../platform/resolve_host.ts";
import { createSessionPool } from "./session_pool.ts";

/**
 * Makes a pool that resolves names by the machine's resolver.
 *
 * @param openConnection opens connections; default: by TCP.
 */
export function createTcpPool(
  clock: Clock,
  random: Random,
  openConnection: OpenConnection = createConnectionOpener(clock),
): SessionPool {
  return createSessionPool({ openConnection, resolve: resolveHost, clock, random });
}
