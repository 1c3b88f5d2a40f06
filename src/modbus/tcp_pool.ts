/**
 * The session pool over real TCP.
 *
 * @module
 */

import type { Chance } from "../base/chance.ts";
import type { Clock } from "../base/clock.ts";
import { createLinkOpener } from "./client.ts";
import { createSessionPool } from "./pool.ts";
import type { SessionPool } from "./reader.ts";
import { resolveHost } from "./resolve.ts";

/** Makes a pool that connects by TCP and resolves names as the machine does. */
export function createTcpPool(clock: Clock, chance: Chance): SessionPool {
  const openLink = createLinkOpener(clock);
  return createSessionPool({ openLink, resolve: resolveHost, clock, chance });
}
