/**
 * The door to the resolver of this machine.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import process from "node:process";

/**
 * The addresses of `host` as this machine resolves it (hosts file, DNS), IPv4
 * first: most Modbus devices speak nothing else.
 *
 * @returns an empty array if the name is unknown or cannot be resolved now.
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

/** Deno 2.6's own lookup uses a module that it then warns its user of. */
const PUNYCODE = "DEP0040";

let silenced = false;

/** Keeps that one warning off stderr; all others pass. */
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
