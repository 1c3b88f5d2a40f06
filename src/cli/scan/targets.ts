/**
 * What `scan` is told to look at: `10.0.0.0/24`, `10.0.0.5-9`, `inverter.lan`,
 * `[fe80::1%eth0]:1502`. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { isHost, parseHostPort } from "../../base/address.ts";
import type { ScanHost } from "../../discovery/scanner.ts";
import { expandAddresses } from "../../base/ip_range.ts";

/** More hosts than this are scanned only with `--yes-large`: a /22 passes, a /21 does not. */
export const HOSTS_MAX = 1_024;
/** More are not scanned at all: a /16. */
export const LARGE_HOSTS_MAX = 65_536;

/** How targets are taken. */
export interface TargetOptions {
  /** Ports of targets that name none. */
  readonly ports: readonly number[];
  readonly large: boolean;
}

/**
 * The hosts of all expressions, in their order; one that is named twice stands
 * once, with the ports of both.
 *
 * @returns what is wrong, in words.
 */
export function listHosts(
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
    // A name may look like a range: 10-0-0-5.lan. An address with more behind it is one.
    if (/^(?:\d+\.){3}\d+[/-]/.test(expression)) return bad(range.fault);
    const named = hostOf(expression, ports);
    if (named === undefined) {
      return bad(
        `${expression} is no host name, IP address, range or CIDR network`,
      );
    }
    add(named.host, named.ports);
  }
  const most = large ? LARGE_HOSTS_MAX : HOSTS_MAX;
  if (hosts.size > most) {
    return bad(
      large
        ? `${hosts.size} hosts are more than a scan takes (${most})`
        : `${hosts.size} hosts are many: --yes-large scans more than ${most}`,
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
