/**
 * One session per address, however many devices stand behind it and whatever
 * names they are configured with.
 *
 * @module
 */

import type { Chance } from "../base/chance.ts";
import type { Clock } from "../base/clock.ts";
import type { OpenLink } from "./link.ts";
import type { SessionPool } from "./reader.ts";

/**
 * The IP addresses of a host name, best first; empty if the name is unknown.
 * An address resolves to itself.
 */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** What a pool stands on. */
export interface PoolParts {
  readonly openLink: OpenLink;
  readonly resolve: Resolve;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Makes a pool without sessions. */
export function createSessionPool(_parts: PoolParts): SessionPool {
  throw new Error("not yet");
}
