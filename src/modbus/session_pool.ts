/**
 * Keeps one session per address, regardless of how many devices share it and by which
 * names they are configured.
 *
 * @module
 */

import { formatAddress, formatHost } from "../base/network/address.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { OpenConnection } from "./connection.ts";
import { createPauseDetector, NO_PAUSE_DETECTION } from "./pause_detector.ts";
import type {
  ConnectionOptions,
  ModbusAddress,
  SessionHandle,
  SessionPool,
} from "./reader.ts";
import { createResynchroniser } from "./resynchronisation.ts";
import { createSession, type SessionParts } from "./session.ts";
import { createSessionHandle } from "./session_handle.ts";
import type { ResolveHost, SharedSession } from "./shared_session.ts";

/** Maximum number of addresses whose history is kept. */
export const HISTORIES_MAX = 1_024;

/** Dependencies of a pool. */
export interface PoolParts {
  readonly openConnection: OpenConnection;
  readonly resolve: ResolveHost;
  readonly clock: Clock;
  readonly random: Random;
}

/** State of an address that outlives its sessions. */
type AddressHistory = Pick<SessionParts, "pauseDetector" | "resynchroniser">;

/** Makes an empty pool. */
export function createSessionPool(parts: PoolParts): SessionPool {
  const sessions = new Map<string, SharedSession>();
  const handles = new Set<SessionHandle>();
  const histories = new Map<string, AddressHistory>();
  const lookups = new Map<string, Promise<readonly string[]>>();

  /** Runs one lookup per name at a time, so that a blocked resolver does not accumulate them. */
  function resolve(host: string): Promise<readonly string[]> {
    const running = lookups.get(host);
    if (running !== undefined) return running;
    const lookup = parts.resolve(host).finally(() => lookups.delete(host));
    lookups.set(host, lookup);
    return lookup;
  }

  function historyOf(key: string): AddressHistory {
    const history = histories.get(key) ??
      { pauseDetector: createPauseDetector(), resynchroniser: createResynchroniser() };
    histories.delete(key); // moves it to the end: the least recently used one is first
    histories.set(key, history);
    for (const oldest of histories.keys()) {
      if (histories.size <= HISTORIES_MAX) break;
      histories.delete(oldest);
    }
    return history;
  }

  function attach(ip: string, address: ModbusAddress, handle: object): SharedSession {
    const key = addressKey(ip, address.port);
    const existing = sessions.get(key);
    const session = existing ?? createSharedSession(
      {
        ...parts,
        ...historyOf(key),
        ...(address.fixedPauses === true ? { pauseDetector: NO_PAUSE_DETECTION } : {}),
      },
      ip,
      address.port,
      () => void sessions.delete(key),
    );
    if (existing === undefined) sessions.set(key, session);
    session.configure(handle, address);
    return session;
  }

  return {
    acquire(address) {
      const handle = createSessionHandle({
        address,
        resolve,
        attach,
        clock: parts.clock,
        released: (released) => void handles.delete(released),
      });
      handles.add(handle);
      return handle;
    },
    close() {
      for (const handle of [...handles]) handle.release();
      return Promise.resolve();
    },
  };
}

/** @param empty called when the last handle was detached. */
function createSharedSession(
  parts: PoolParts & AddressHistory,
  ip: string,
  port: number,
  empty: () => void,
): SharedSession {
  const optionsByHandle = new Map<object, ConnectionOptions>();
  /** The handles that need the connection. */
  const connected = new Set<object>();
  let options = mergeOptions(optionsByHandle);
  const session = createSession({ ...parts, ip, port, options: () => options });

  async function release(handle: object): Promise<void> {
    if (connected.delete(handle) && connected.size === 0) await session.disconnect();
  }

  return {
    session,
    get detectedPauses() {
      return parts.pauseDetector.confirmed;
    },
    configure(handle, required) {
      optionsByHandle.set(handle, required);
      options = mergeOptions(optionsByHandle);
    },
    acquire: (handle) => void connected.add(handle),
    release,
    detach(handle) {
      release(handle);
      if (!optionsByHandle.delete(handle)) return;
      options = mergeOptions(optionsByHandle);
      if (optionsByHandle.size === 0) empty();
    },
  };
}

/** Options that satisfy all handles: the longest pauses and the longest timeout. */
function mergeOptions(
  optionsByHandle: ReadonlyMap<object, ConnectionOptions>,
): ConnectionOptions {
  const all = [...optionsByHandle.values()];
  return {
    gapMs: Math.max(0, ...all.map(({ gapMs }) => gapMs)),
    connectGapMs: Math.max(0, ...all.map(({ connectGapMs = 0 }) => connectGapMs)),
    connectTimeoutMs: Math.max(1, ...all.map((each) => each.connectTimeoutMs)),
    echoesTransactionId: all.every((each) => each.echoesTransactionId !== false),
  };
}

/**
 * A key that is equal for all notations of an address: `::ffff:10.0.0.1` equals
 * `10.0.0.1`, and IPv6 addresses are compressed as in URLs.
 */
export function addressKey(ip: string, port: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return formatAddress(mapped, port);
  const url = ip.includes(":") ? URL.parse(`http://${formatHost(ip)}`) : null;
  return url === null
    ? formatAddress(ip.toLowerCase(), port)
    : `${url.hostname}:${port}`;
}
