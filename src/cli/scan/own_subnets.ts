/**
 * The private networks that this machine stands in: where a plant is likely to be.
 *
 * @module
 */

/** A network that can be scanned. */
export interface OwnSubnet {
  /** `192.168.10.0/24`. */
  readonly cidr: string;
  /** The interface, such as `eth0`. */
  readonly interfaceName: string;
}

/** RFC 1918. */
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/** Bridges and tunnels of containers and virtual machines: no plant is behind them. */
const VIRTUAL = /^(?:lo|docker|veth|br-|virbr|cni|flannel|cali|vmnet|podman)/;

/** A larger network is cut down to the machine's own /24. */
const PREFIX_MIN = 22;
const PREFIX_CUT = 24;

/** The networks of these interfaces, in their order, each once. */
export function privateSubnets(
  interfaces: readonly Pick<
    Deno.NetworkInterfaceInfo,
    "name" | "family" | "address" | "cidr"
  >[],
): OwnSubnet[] {
  const found = new Map<string, OwnSubnet>();
  for (const { name, family, address, cidr } of interfaces) {
    if (family !== "IPv4" || !PRIVATE.test(address) || VIRTUAL.test(name)) continue;
    const stated = Number(cidr.split("/")[1]);
    if (!(stated <= 30)) continue; // Nobody else is in a point-to-point network.
    const bits = stated < PREFIX_MIN ? PREFIX_CUT : stated;
    const network = networkOf(address, bits);
    if (!found.has(network)) found.set(network, { cidr: network, interfaceName: name });
  }
  return [...found.values()];
}

function networkOf(address: string, bits: number): string {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join(".")}/${bits}`;
}
