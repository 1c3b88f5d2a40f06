/**
 * A handle of a shared session: resolves the host name when a connection is needed,
 * and disconnects without affecting other handles.
 *
 * @module
 */

import { formatAddress } from "../base/network/address.ts";
import { linkSignals } from "../base/linked_signal.ts";
import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault, UnreachableReason } from "./faults.ts";
import type { RequestPauses } from "./pause_detector.ts";
import type { ConnectionOptions, ModbusAddress, SessionHandle } from "./reader.ts";
import type { ResolveHost, SharedSession } from "./shared_session.ts";

/** Maximum number of IP addresses of a host name that are tried in a row. */
export const CANDIDATES_MAX = 4;

/** Dependencies of a handle. */
export interface HandleParts {
  readonly address: ModbusAddress;
  readonly resolve: ResolveHost;
  /** Attaches `handle` to the session of an IP address. */
  readonly attach: (
    ip: string,
    address: ModbusAddress,
    handle: object,
  ) => SharedSession;
  readonly clock: Clock;
  /** Called once, when the handle is released. */
  readonly released: (handle: SessionHandle) => void;
}

const NO_PAUSES: RequestPauses = { gapMs: 0, connectGapMs: 0 };

/** Makes a handle; nothing is resolved or connected before the first use. */
export function createSessionHandle(parts: HandleParts): SessionHandle {
  const binding = createBinding(parts);
  let released = false;
  const handle: SessionHandle = {
    session: {
      address: binding.name,
      async read(request, signal) {
        const bound = binding.acquire() ?? await binding.bind(signal);
        if (!bound.ok) return bound;
        const answer = await bound.value.session.read(request, signal);
        return answer.ok ? answer : bad(binding.failed(answer.fault));
      },
      async connect(signal) {
        const bound = binding.acquire() ?? await binding.bind(signal);
        if (!bound.ok) return bound;
        const connected = await bound.value.session.connect(signal);
        return connected.ok ? connected : bad(binding.failed(connected.fault));
      },
      renew: () => binding.renew(),
      async disconnect() {
        await binding.disconnect();
      },
    },
    get detectedPauses() {
      return binding.detectedPauses;
    },
    configure: binding.configure,
    release() {
      if (released) return;
      released = true;
      binding.close();
      parts.released(handle);
    },
  };
  return handle;
}

type Bound = Result<SharedSession, ModbusFault>;

/** The shared session that a host name currently leads to. */
interface Binding {
  /** `host:port`, as configured. */
  readonly name: string;
  readonly detectedPauses: RequestPauses;
  /** Acquires the shared session; undefined = there is none. */
  acquire(): Bound | undefined;
  /** Acquires the shared session; resolves the name and connects first. */
  bind(signal: AbortSignal): Promise<Bound>;
  /**
   * Returns the fault with the configured name. After `unreachable` the name is resolved
   * again at the next use: it may lead to another address.
   */
  failed(fault: ModbusFault): ModbusFault;
  configure(options: ConnectionOptions): void;
  renew(): void;
  disconnect(): Promise<void>;
  close(): void;
}

function createBinding(parts: HandleParts): Binding {
  const key = {};
  let { address } = parts;
  const name = formatAddress(address.host, address.port);
  let bound: SharedSession | undefined;
  let closed = false;
  /** Number of addresses of the name that have failed; the next attempt begins after them. */
  let failedCount = 0;

  function acquire(): Bound | undefined {
    bound?.acquire(key);
    return bound === undefined ? undefined : good(bound);
  }

  function detach(): void {
    bound?.detach(key);
    bound = undefined;
  }

  /**
   * Connects to the first of the name's addresses that accepts. If a name has more of
   * them than are tried in a row, the next attempt continues with the others.
   */
  async function connectTo(
    candidates: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<SharedSession, ModbusFault>> {
    let fault: ModbusFault = unreachable(name, "unknown-host");
    const first = failedCount % Math.max(1, candidates.length);
    const ordered = [...candidates.slice(first), ...candidates.slice(0, first)];
    for (const ip of ordered.slice(0, CANDIDATES_MAX)) {
      if (closed) break;
      const shared = parts.attach(ip, address, key);
      shared.acquire(key);
      const connected = await connectOrDetach(shared, key, signal);
      if (connected.ok && !closed) {
        bound = shared;
        failedCount = 0;
        return good(shared);
      }
      shared.detach(key);
      failedCount++;
      if (!connected.ok) fault = connected.fault;
    }
    return bad(closed ? { kind: "closed", detail: "by the collector" } : fault);
  }

  function failed(fault: ModbusFault): ModbusFault {
    if (fault.kind === "unreachable") detach();
    return named(fault, name);
  }

  return {
    name,
    get detectedPauses() {
      return bound?.detectedPauses ?? NO_PAUSES;
    },
    acquire,
    async bind(signal) {
      const candidates = await resolveInTime(parts, address, signal);
      const other = acquire(); // another read has connected in the meantime
      if (other !== undefined) return other;
      if (candidates === undefined) return bad(unreachable(name, "timeout"));
      const connected = await connectTo(candidates, signal);
      if (!connected.ok) return bad(named(connected.fault, name));
      connected.value.acquire(key);
      return connected;
    },
    failed,
    configure(options) {
      address = { ...address, ...options };
      bound?.configure(key, options);
    },
    renew: () => bound?.session.renew(),
    async disconnect() {
      await bound?.release(key);
    },
    close() {
      closed = true;
      detach();
    },
  };
}

/** Connects; detaches the handle if the wait is aborted. */
async function connectOrDetach(
  shared: SharedSession,
  key: object,
  signal: AbortSignal,
): Promise<Result<void, ModbusFault>> {
  try {
    return await shared.session.connect(signal);
  } catch (error) {
    shared.detach(key);
    throw error;
  }
}

/** Resolves the host; undefined = this took longer than a connect may take. */
async function resolveInTime(
  { resolve, clock }: HandleParts,
  { host, connectTimeoutMs }: ModbusAddress,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const done = new AbortController();
  using either = linkSignals([signal, done.signal]);
  try {
    return await Promise.race([
      resolve(host),
      clock.sleep(connectTimeoutMs, either.signal).then(() => undefined),
    ]);
  } finally {
    done.abort();
  }
}

/** The fault with the configured address instead of the IP address. */
function named(fault: ModbusFault, address: string): ModbusFault {
  return fault.kind === "unreachable" ? { ...fault, address } : fault;
}

function unreachable(address: string, why: UnreachableReason): ModbusFault {
  return { kind: "unreachable", address, why };
}
