/**
 * The door to the resolver of this machine.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/**
 * The addresses of `host` as this machine resolves it (hosts file, DNS), IPv4
 * first: most Modbus devices speak nothing else.
 *
 * @returns an empty array if the name is unknown or cannot be resolved now.
 */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0 || host.includes("%")) return [host];
  try {
    const found = await lookup(host, { all: true, order: "ipv4first" });
    return found.map((entry) => entry.address);
  } catch {
    return [];
  }
}
