/**
 * The hosts that a running agent polls. A second client may cost the agent its
 * connection there, because many devices allow only one.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { resolveHost } from "../../platform/resolve_host.ts";
import { AGENT_URL, fetchAgentStatus } from "./agent_client.ts";

/** The addresses that an agent polls. */
export interface PolledHosts {
  /** Ids of the devices that the agent polls at an address; empty = none. */
  at(host: string, port: number): Promise<readonly string[]>;
}

/**
 * Requests the polled hosts from the agent at `url`, or from the local one.
 *
 * @returns a fault only if `url` is given and there is no response. If the local agent
 *   does not answer, no agent is running.
 */
export async function fetchPolledHosts(
  url: string | null,
  signal: AbortSignal,
): Promise<Result<PolledHosts, string>> {
  const status = await fetchAgentStatus(url ?? AGENT_URL, signal);
  if (!status.ok && url !== null) return bad(status.fault.detail);
  const devices = status.ok ? status.value.devices : [];
  const idsByKey = new Map<string, string[]>();
  for (const { host, port, unitId, id } of devices) {
    const name = id ?? `unit ${unitId}`;
    for (const key of await keysOf(host, port)) {
      idsByKey.set(key, [...idsByKey.get(key) ?? [], name]);
    }
  }
  return good({
    async at(host, port) {
      if (idsByKey.size === 0) return [];
      const keys = await keysOf(host, port);
      return [...new Set(keys.flatMap((key) => idsByKey.get(key) ?? []))];
    },
  });
}

/** The keys of an address: by its name and by the IP addresses that it resolves to. */
async function keysOf(host: string, port: number): Promise<string[]> {
  const hosts = new Set([host.toLowerCase(), ...await resolveHost(host)]);
  return [...hosts].map((one) => `${one} ${port}`);
}
