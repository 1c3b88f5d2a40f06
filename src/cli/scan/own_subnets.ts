/**
 * The private networks of this machine, where a plant is likely to be. Pure.
 *
 * @module
 */

import { networkAddress } from "../../base/network/ip_range.ts";

/** A network to scan. */
export interface OwnSubnet {
  /** `192.168.10.0/24`. */
  readonly cidr: string;
  /** The interface, such as `eth0`. */
  readonly interfaceName: string;
}

/** RFC 1918. */
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/** Loopback, bridges and tunnels of containers and virtual machines: no plant is behind them. */
const VIRTUAL = /^(?:lo|docker|veth|br-|virbr|cni|flannel|cali|vmnet|podman)/;

/** A network with a shorter prefix is reduced to the machine's own /24. */
const PREFIX_MIN = 22;
const PREFIX_REDUCED = 24;

/** The private IPv4 networks of interfaces, in order and without duplicates. */
export function privateSubnets(
  interfaces: readonly Pick<
    Deno.NetworkInterfaceInfo,
    "name" | "family" | "address" | "cidr"
  >[],
): OwnSubnet[] {
  const found = new Map<string, OwnSubnet>();
  for (const { name, family, address, cidr } of interfaces) {
    if (family !== "IPv4" || !PRIVATE.test(address) || VIRTUAL.test(name)) continue;
    const prefix = Number(cidr.split("/")[1]);
    if (!(prefix <= 30)) continue; // A point-to-point network has no other host.
    const bits = prefix < PREFIX_MIN ? PREFIX_REDUCED : prefix;
    const network = `${networkAddress(address, bits)}/${bits}`;
    if (!found.has(network)) found.set(network, { cidr: network, interfaceName: name });
  }
  return [...found.values()];
}
