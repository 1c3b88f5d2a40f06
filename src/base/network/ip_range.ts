/**
 * Ranges of IPv4 addresses as text. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../result.ts";

/**
 * Maximum number of addresses of one expression unless the caller sets another: a /20.
 */
export const ADDRESSES_MAX = 4_096;

/**
 * Lists the IPv4 addresses of an expression: `10.0.0.7`, `10.0.0.0/24` (without
 * network and broadcast address), `10.0.0.5-10.0.0.9` or `10.0.0.5-9`.
 *
 * @returns the addresses in ascending order, or a message that names the fault.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { expandAddresses } from "./ip_range.ts";
 *
 * deepStrictEqual(expandAddresses("10.0.0.254-10.0.1.1"), {
 *   ok: true,
 *   value: ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"],
 * });
 * ```
 */
export function expandAddresses(
  expression: string,
  addressesMax: number = ADDRESSES_MAX,
): Result<readonly string[], string> {
  const bounds = boundsOf(expression.trim());
  if (bounds === undefined) {
    return bad(
      `${expression} is not an IPv4 address, a range or a network in CIDR notation`,
    );
  }
  const [first, last] = bounds;
  if (last < first) return bad(`${expression}: the last address is below the first`);
  const count = last - first + 1;
  if (count > addressesMax) {
    return bad(`${expression} has ${count} addresses; the maximum is ${addressesMax}`);
  }
  return good(Array.from({ length: count }, (_, at) => format(first + at)));
}

function boundsOf(expression: string): readonly [number, number] | undefined {
  const cidr = /^([\d.]+)\/(\d{1,2})$/.exec(expression);
  if (cidr !== null) return cidrBounds(parse(cidr[1] ?? ""), Number(cidr[2]));
  const [from = "", to, ...more] = expression.split("-");
  const first = parse(from);
  if (first === undefined || more.length > 0) return undefined;
  if (to === undefined) return [first, first];
  const short = /^\d{1,3}$/.test(to) ? from.replace(/\d+$/, to) : to;
  const last = parse(short);
  return last === undefined ? undefined : [first, last];
}

/**
 * The network address of an IPv4 address: its first `bits` bits, the others 0.
 *
 * @param bits prefix length, 0..32.
 * @returns undefined if `address` is not an IPv4 address.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { networkAddress } from "./ip_range.ts";
 *
 * strictEqual(networkAddress("192.168.10.77", 24), "192.168.10.0");
 * ```
 */
export function networkAddress(address: string, bits: number): string | undefined {
  const value = parse(address);
  return value === undefined ? undefined : format(networkOf(value, bits));
}

function networkOf(address: number, bits: number): number {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) * size;
}

function cidrBounds(
  address: number | undefined,
  bits: number,
): readonly [number, number] | undefined {
  if (address === undefined || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const network = networkOf(address, bits);
  return size <= 2 ? [network, network + size - 1] : [network + 1, network + size - 2];
}

function parse(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256)
    .join(".");
}
