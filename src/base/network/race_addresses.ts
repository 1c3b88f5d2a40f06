/**
 * Connects to the first of several addresses of a name that accepts (RFC 8305, "Happy
 * Eyeballs"). Attempts start one after the other and run side by side, so that an
 * address that does not answer delays the next one only by the stagger, and a slow
 * address is not abandoned while the others fail.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { linkSignals } from "../linked_signal.ts";
import { bad, good, type Result } from "../result.ts";

/** Delay before the next address is tried beside the previous one (RFC 8305, section 5). */
export const STAGGER_MS = 250;
/** Maximum number of addresses that are tried. */
export const ADDRESSES_TRIED_MAX = 16;

/** What a race needs. */
export interface RaceOptions<T> {
  /** Tried in this order; at least one. */
  readonly addresses: readonly string[];
  /** Connects to one address; rejects if that fails or the signal aborts. */
  readonly open: (address: string, signal: AbortSignal) => Promise<T>;
  /** Closes a connection that came second. */
  readonly close: (connection: T) => void;
  /** Times the delay between two attempts. */
  readonly clock: Clock;
}

/** The address that accepted first. */
export interface RaceWinner<T> {
  /** One of the given addresses. */
  readonly address: string;
  /** What `open` returned for it. */
  readonly connection: T;
}

/** An address that did not accept. */
export interface FailedAddress {
  /** One of the given addresses. */
  readonly address: string;
  /** What `open` rejected with. */
  readonly error: unknown;
}

type Outcome<T> =
  | { readonly kind: "open"; readonly winner: RaceWinner<T> }
  | { readonly kind: "failed"; readonly failed: FailedAddress }
  | { readonly kind: "late" };

/**
 * Tries the addresses; returns the first connection, or the failures of all addresses.
 *
 * @throws the reason of `signal` if it aborts.
 */
export async function raceAddresses<T>(
  { addresses, open, close, clock }: RaceOptions<T>,
  signal: AbortSignal,
): Promise<Result<RaceWinner<T>, readonly FailedAddress[]>> {
  signal.throwIfAborted();
  const over = new AbortController();
  using linked = linkSignals([signal, over.signal]);
  const waiting = addresses.slice(0, ADDRESSES_TRIED_MAX);
  const running = new Map<string, Promise<Outcome<T>>>();
  const failures: FailedAddress[] = [];
  try {
    for (;;) {
      const address = waiting.shift();
      if (address !== undefined) {
        running.set(address, attempt(open, address, linked.signal));
      }
      if (running.size === 0) return bad(failures);
      const contenders = [...running.values()];
      if (waiting.length > 0) contenders.push(late(clock, linked.signal));
      const outcome = await Promise.race(contenders);
      signal.throwIfAborted();
      if (outcome.kind === "late") continue;
      if (outcome.kind === "open") {
        running.delete(outcome.winner.address);
        return good(outcome.winner);
      }
      running.delete(outcome.failed.address);
      failures.push(outcome.failed);
    }
  } finally {
    over.abort(new Error("another address accepted first"));
    for (const loser of running.values()) {
      loser.then((outcome) => {
        if (outcome.kind === "open") close(outcome.winner.connection);
      });
    }
  }
}

/** One attempt; never rejects. */
async function attempt<T>(
  open: RaceOptions<T>["open"],
  address: string,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  try {
    return {
      kind: "open",
      winner: { address, connection: await open(address, signal) },
    };
  } catch (error) {
    return { kind: "failed", failed: { address, error } };
  }
}

function late(clock: Clock, signal: AbortSignal): Promise<{ readonly kind: "late" }> {
  const outcome = { kind: "late" } as const;
  return clock.sleep(STAGGER_MS, signal).then(() => outcome, () => outcome);
}
