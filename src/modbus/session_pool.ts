/**
 * One session per address, however many devices stand behind it and whatever
 * names they are configured with.
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import { createLeasedSession } from "./session_handle.ts";
import type { OpenLink } from "./connection.ts";
import { createPaceFinder, NO_FINDER } from "./pause_detector.ts";
import type { ModbusAddress, Pace, SessionPool } from "./reader.ts";
import { createSession, type SessionParts } from "./session.ts";
import type { Resolve, SharedSession } from "./shared_session.ts";
import { createSounder } from "./resynchronisation.ts";

/** Of how many addresses the pool keeps in mind what went before. */
export const PASTS_MAX = 1_024;

/** What a pool stands on. */
export interface PoolParts {
  readonly openLink: OpenLink;
  readonly resolve: Resolve;
  readonly clock: Clock;
  readonly chance: Random;
}

/** What outlives the sessions of an address. */
type Past = Pick<SessionParts, "finder" | "sounder">;

/** Makes a pool without sessions. */
export function createSessionPool(parts: PoolParts): SessionPool {
  const shared = new Map<string, SharedSession>();
  const leases = new Set<{ release(): void }>();
  const pasts = new Map<string, Past>();
  const lookups = new Map<string, Promise<readonly string[]>>();

  /** One lookup of a name at a time: a resolver that hangs must not pile them up. */
  function resolve(host: string): Promise<readonly string[]> {
    const running = lookups.get(host);
    if (running !== undefined) return running;
    const lookup = parts.resolve(host).finally(() => lookups.delete(host));
    lookups.set(host, lookup);
    return lookup;
  }

  function pastOf(key: string): Past {
    const known = pasts.get(key) ??
      { finder: createPaceFinder(), sounder: createSounder() };
    pasts.delete(key); // to the end: the one that was needed longest ago stands first
    pasts.set(key, known);
    for (const oldest of pasts.keys()) {
      if (pasts.size <= PASTS_MAX) break;
      pasts.delete(oldest);
    }
    return known;
  }

  function join(ip: string, address: ModbusAddress, lease: object): SharedSession {
    const key = keyOf(ip, address.port);
    const found = shared.get(key);
    const entry = found ?? createShared(
      {
        ...parts,
        ...pastOf(key),
        ...(address.fixedPace === true ? { finder: NO_FINDER } : {}),
      },
      ip,
      address.port,
      () => void shared.delete(key),
    );
    if (found === undefined) shared.set(key, entry);
    entry.adapt(lease, address);
    return entry;
  }

  return {
    lease(address) {
      const leased = createLeasedSession({
        address,
        resolve,
        join,
        clock: parts.clock,
      });
      const lease = {
        session: leased.session,
        adapt: leased.adapt,
        get found() {
          return leased.found;
        },
        release(): void {
          if (leases.delete(lease)) leased.leave();
        },
      };
      leases.add(lease);
      return lease;
    },
    close() {
      for (const lease of [...leases]) lease.release();
      return Promise.resolve();
    },
  };
}

function createShared(
  parts: PoolParts & Past,
  ip: string,
  port: number,
  empty: () => void,
): SharedSession {
  const paces = new Map<object, Pace>();
  const wanting = new Set<object>();
  let pace = slowest(paces);
  const session = createSession({ ...parts, ip, port, pace: () => pace });

  async function unwant(lease: object): Promise<void> {
    if (wanting.delete(lease) && wanting.size === 0) await session.disconnect();
  }

  return {
    session,
    get found() {
      return parts.finder.found;
    },
    adapt(lease, wanted) {
      paces.set(lease, wanted);
      pace = slowest(paces);
    },
    want: (lease) => void wanting.add(lease),
    unwant,
    leave(lease) {
      unwant(lease);
      if (!paces.delete(lease)) return;
      pace = slowest(paces);
      if (paces.size === 0) empty();
    },
  };
}

/** Where leases differ, the device gets the more patient treatment. */
function slowest(paces: ReadonlyMap<object, Pace>): Pace {
  const all = [...paces.values()];
  return {
    gapMs: Math.max(0, ...all.map((pace) => pace.gapMs)),
    connectGapMs: Math.max(0, ...all.map(({ connectGapMs = 0 }) => connectGapMs)),
    connectTimeoutMs: Math.max(1, ...all.map((pace) => pace.connectTimeoutMs)),
    echoesTransactionId: all.every((pace) => pace.echoesTransactionId !== false),
  };
}

/**
 * One key for all spellings of an address: `::ffff:10.0.0.1` is `10.0.0.1`,
 * and IPv6 is compressed as a URL does it.
 */
export function keyOf(ip: string, port: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return `${mapped}:${port}`;
  if (!ip.includes(":")) return `${ip}:${port}`;
  const url = `http://[${ip}]`;
  const host = URL.canParse(url) ? new URL(url).hostname : `[${ip.toLowerCase()}]`;
  return `${host}:${port}`;
}
