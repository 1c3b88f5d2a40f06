/**
 * Host names for kafkajs, which splits `host:port` at the first colon: an IPv6 address
 * is replaced by a label without colons. Pure.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";

const PREFIX = "v6_";

/** The label of a host: `::1` becomes `v6___1`; other hosts are unchanged. */
export function labelOfHost(host: string): string {
  return host.includes(":") ? `${PREFIX}${host.replaceAll(":", "_")}` : host;
}

/** The host of a label. */
export function hostOfLabel(label: string): string {
  return label.startsWith(PREFIX)
    ? label.slice(PREFIX.length).replaceAll("_", ":")
    : label;
}

/** The address of `label:port` for people, with IPv6 addresses in brackets. */
export function addressOfLabel(labelAndPort: string): string {
  const [, label = "", port] = /^(.*):(\d+)$/.exec(labelAndPort) ?? [];
  return port === undefined
    ? labelAndPort
    : formatAddress(hostOfLabel(label), Number(port));
}
