/**
 * Resolves host names with the resolver of the operating system.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import process from "node:process";

/**
 * Resolves `host` with the hosts file and DNS. IPv4 addresses come first: most
 * Modbus devices support nothing else.
 *
 * @returns an empty array if the name is unknown or cannot be resolved.
 */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0 || host.includes("%")) return [host];
  silencePunycode();
  try {
    const found = await lookup(host, { all: true, order: "ipv4first" });
    return found.map((entry) => entry.address);
  } catch {
    return [];
  }
}

/** Code of the deprecation warning that Deno 2.6's own lookup causes. */
const PUNYCODE = "DEP0040";

let silenced = false;

/** Suppresses this warning on stderr; all others are passed on. */
function silencePunycode(): void {
  if (silenced) return;
  silenced = true;
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if ("code" in warning && warning.code === PUNYCODE) return;
    for (const listener of listeners) listener.call(process, warning);
  });
}
