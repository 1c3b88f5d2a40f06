/**
 * A lease's own view of a shared session: it resolves the name when there is
 * need to, and its disconnect takes nothing from the others.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault, UnreachableReason } from "./faults.ts";
import type { FoundPace } from "./pause_detector.ts";
import type { ModbusAddress, ModbusSession, Pace } from "./reader.ts";
import type { Resolve, SharedSession } from "./shared_session.ts";

/** How many addresses of a name are tried. */
export const CANDIDATES_MAX = 4;

/** What a leased session stands on. */
export interface LeaseParts {
  readonly address: ModbusAddress;
  readonly resolve: Resolve;
  readonly join: (ip: string, address: ModbusAddress, lease: object) => SharedSession;
  readonly clock: Clock;
}

/** A leased session, and how to give it up for good. */
export interface LeasedSession {
  readonly session: ModbusSession;
  adapt(pace: Pace): void;
  readonly found: FoundPace;
  leave(): void;
}

const NOTHING_FOUND: FoundPace = { gapMs: 0, connectGapMs: 0 };

type Bound = Result<SharedSession, ModbusFault>;

/** Makes the view; nothing is resolved or connected yet. */
export function createLeasedSession(parts: LeaseParts): LeasedSession {
  const { clock } = parts;
  let { address } = parts;
  const name = hostPort(address.host, address.port);
  const lease = {};
  let bound: SharedSession | undefined;
  let left = false;

  /** The shared session that this name leads to now, with its connection up. */
  async function bind(signal: AbortSignal): Promise<Bound> {
    let last: ModbusFault = unreachable("unknown-host");
    const candidates = bound === undefined ? await resolveWithin(signal) : [];
    if (bound !== undefined) return good(bound);
    if (candidates === undefined) return bad(unreachable("timeout"));
    for (const ip of candidates.slice(0, CANDIDATES_MAX)) {
      if (left) break;
      const entry = parts.join(ip, address, lease);
      entry.want(lease);
      const connected = await attempt(entry, signal);
      if (connected.ok && !left) {
        bound = entry;
        return good(entry);
      }
      entry.leave(lease);
      if (!connected.ok) last = connected.fault;
    }
    return bad(left ? { kind: "closed", detail: "by us" } : named(last));
  }

  async function attempt(
    entry: SharedSession,
    signal: AbortSignal,
  ): Promise<Result<void, ModbusFault>> {
    try {
      return await entry.session.connect(signal);
    } catch (error) {
      entry.leave(lease);
      throw error;
    }
  }

  /** Undefined if the resolver takes longer than a connect may. */
  async function resolveWithin(
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    try {
      return await Promise.race([
        parts.resolve(address.host),
        clock.sleep(address.connectTimeoutMs, either).then(() => undefined),
      ]);
    } finally {
      done.abort();
    }
  }

  /** A name may lead elsewhere next time: forget where it led. */
  function unbind(fault: ModbusFault): ModbusFault {
    if (fault.kind === "unreachable") {
      bound?.leave(lease);
      bound = undefined;
    }
    return named(fault);
  }

  function named(fault: ModbusFault): ModbusFault {
    return fault.kind === "unreachable" ? { ...fault, address: name } : fault;
  }

  function unreachable(why: UnreachableReason): ModbusFault {
    return { kind: "unreachable", address: name, why };
  }

  const session: ModbusSession = {
    address: name,
    async read(request, signal) {
      const entry = await bind(signal);
      if (!entry.ok) return entry;
      entry.value.want(lease);
      const answer = await entry.value.session.read(request, signal);
      return answer.ok ? answer : bad(unbind(answer.fault));
    },
    async connect(signal) {
      const entry = await bind(signal);
      if (!entry.ok) return entry;
      entry.value.want(lease);
      const connected = await entry.value.session.connect(signal);
      return connected.ok ? connected : bad(unbind(connected.fault));
    },
    async disconnect() {
      await bound?.unwant(lease);
    },
  };

  return {
    session,
    get found() {
      return bound?.found ?? NOTHING_FOUND;
    },
    adapt(pace) {
      address = { ...address, ...pace };
      bound?.adapt(lease, pace);
    },
    leave() {
      left = true;
      bound?.leave(lease);
      bound = undefined;
    },
  };
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
