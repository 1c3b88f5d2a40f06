/**
 * Parses the targets of `scan`: `10.0.0.0/24`, `10.0.0.5-9`, `inverter.lan`,
 * `[fe80::1%eth0]:1502`. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { isHost, parseHostPort } from "../../base/network/address.ts";
import type { ScanHost } from "../../discovery/scan_options.ts";
import { expandAddresses } from "../../base/network/ip_range.ts";

/** Maximum number of hosts without `--yes-large`: a /22 is accepted, a /21 is not. */
export const HOSTS_MAX = 1_024;
/** Maximum number of hosts with `--yes-large`: a /16. */
const LARGE_HOSTS_MAX = 65_536;

/** How targets are parsed. */
export interface TargetOptions {
  /** Ports of targets without a port. */
  readonly ports: readonly number[];
  /** Whether more than {@linkcode HOSTS_MAX} hosts are accepted. */
  readonly large: boolean;
}

/**
 * Expands all expressions to hosts, in order. A host that is given twice occurs once,
 * with the ports of both.
 *
 * @returns a fault that names the invalid expression.
 */
export function parseTargets(
  expressions: readonly string[],
  { ports, large }: TargetOptions,
): Result<readonly ScanHost[], string> {
  const hosts = new Map<string, Set<number>>();
  const add = (host: string, wanted: readonly number[]): void => {
    const known = hosts.get(host) ?? new Set();
    for (const port of wanted) known.add(port);
    hosts.set(host, known);
  };
  for (const expression of expressions) {
    const range = expandAddresses(expression, LARGE_HOSTS_MAX);
    if (range.ok) {
      for (const address of range.value) add(address, ports);
      continue;
    }
    // A host name may look like a range (10-0-0-5.lan), but not start with a whole address.
    if (/^(?:\d+\.){3}\d+[/-]/.test(expression)) return bad(range.fault);
    const named = hostOf(expression, ports);
    if (named === undefined) {
      return bad(
        `${
          JSON.stringify(expression)
        } is not a host name, IP address, address range or CIDR network`,
      );
    }
    add(named.host, named.ports);
  }
  const hostsMax = large ? LARGE_HOSTS_MAX : HOSTS_MAX;
  if (hosts.size > hostsMax) {
    return bad(
      large
        ? `${hosts.size} hosts exceed the maximum of ${hostsMax}`
        : `${hosts.size} hosts exceed the default limit of ${hostsMax}; --yes-large allows more`,
    );
  }
  return good([...hosts].map(([host, found]) => ({ host, ports: [...found] })));
}

function hostOf(expression: string, ports: readonly number[]): ScanHost | undefined {
  if (isHost(expression)) return { host: expression, ports };
  const bare = /^\[([^\]]*)\]$/.exec(expression)?.[1];
  if (bare !== undefined && isHost(bare)) return { host: bare, ports };
  const address = parseHostPort(expression);
  return address && { host: address.host, ports: [address.port] };
}
