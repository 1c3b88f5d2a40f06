/**
 * TCP connections to a name with several addresses.
 *
 * @module
 */

import {
  type FailedAddress,
  raceAddresses,
  type RaceWinner,
} from "../base/network/race_addresses.ts";
import type { Result } from "../base/result.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";

/**
 * Connects to the first of `addresses` that accepts.
 *
 * @throws the reason of `signal` if it aborts.
 */
export function connectFirst(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Result<RaceWinner<Deno.TcpConn>, readonly FailedAddress[]>> {
  return raceAddresses({
    addresses,
    open: (hostname, stop) => Deno.connect({ hostname, port, signal: stop }),
    close: (connection) => connection.close(),
    clock: SYSTEM_CLOCK,
  }, signal);
}

/** Text for people: `10.0.0.7 refused the connection, fd00::7 failed (…)`. */
export function describeFailures(failures: readonly FailedAddress[]): string {
  return failures.map(({ address, error }) =>
    error instanceof Deno.errors.ConnectionRefused
      ? `${address} refused the connection`
      : `${address} failed (${error instanceof Error ? error.message : String(error)})`
  ).join(", ");
}
