/**
 * Which hosts a running agent polls: a second client there may cost it its
 * connection, since many devices allow only one.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { resolveHost } from "../../modbus/resolve.ts";
import { AGENT_URL, askAgent } from "./agent_client.ts";

/** The addresses that an agent polls, and the names of the devices at each. */
export interface HeldHosts {
  /** Names of the devices that the agent polls there; empty = it does not. */
  at(host: string, port: number): Promise<readonly string[]>;
}

/**
 * Asks the agent of this machine, or the one at `url`.
 *
 * @returns a fault only where an agent was named and does not answer: that
 * nobody listens where an agent would by default means that there is none.
 */
export async function askHeldHosts(
  url: string | null,
  signal: AbortSignal,
): Promise<Result<HeldHosts, string>> {
  const asked = await askAgent(url ?? AGENT_URL, signal);
  if (!asked.ok && url !== null) return bad(asked.fault.detail);
  const devices = asked.ok ? asked.value.devices : [];
  const names = new Map<string, string[]>();
  for (const { host, port, unitId, id } of devices) {
    const name = id ?? `unit ${unitId}`;
    for (const key of await keysOf(host, port)) {
      names.set(key, [...names.get(key) ?? [], name]);
    }
  }
  return good({
    async at(host, port) {
      if (names.size === 0) return [];
      const found = (await keysOf(host, port)).flatMap((key) => names.get(key) ?? []);
      return [...new Set(found)];
    },
  });
}

/** An address by its name and by all that the name leads to. */
async function keysOf(host: string, port: number): Promise<string[]> {
  const hosts = new Set([host.toLowerCase(), ...await resolveHost(host)]);
  return [...hosts].map((one) => `${one} ${port}`);
}
