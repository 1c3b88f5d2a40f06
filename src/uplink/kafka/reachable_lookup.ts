/**
 * Resolves the names of brokers for sockets: of several addresses, the one that accepts
 * a connection first. Without it, the sockets of Node give each address but the last one
 * 250 ms, which is too short on a slow link.
 *
 * @module
 */

import { isIPv6, type LookupFunction } from "node:net";
import { formatAddress } from "../../base/network/address.ts";
import { limitSignal } from "../../base/linked_signal.ts";
import { connectFirst, describeFailures } from "../../platform/connect.ts";
import { resolveHost } from "../../platform/resolve_host.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";

/**
 * Creates the `lookup` of a socket to `port`.
 *
 * @param limitMs time limit of the connection attempts
 * @param closed aborts when the socket is closed
 * @param resolve returns the addresses of a name; empty = unknown
 */
export function createReachableLookup(
  port: number,
  limitMs: number,
  closed: AbortSignal,
  resolve: (host: string) => Promise<readonly string[]> = resolveHost,
): LookupFunction {
  async function findReachable(host: string): Promise<string> {
    const addresses = await resolve(host);
    const [first] = addresses;
    if (first === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
    if (addresses.length === 1) return first;
    using limited = limitSignal(closed, SYSTEM_CLOCK, limitMs);
    const raced = await connectFirst(addresses, port, limited.signal);
    if (raced.ok) {
      raced.value.connection.close();
      return raced.value.address;
    }
    const name = formatAddress(host, port);
    throw new Error(
      `no address of ${name} accepts a connection: ${describeFailures(raced.fault)}`,
    );
  }

  return (host, { all }, callback) => {
    findReachable(host).then(
      (address) => {
        const family = isIPv6(address) ? 6 : 4;
        if (all === true) callback(null, [{ address, family }]);
        else callback(null, address, family);
      },
      (error: Error) => callback(error, ""),
    );
  };
}
