/**
 * Ranges of IPv4 addresses, as people write them. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "./result.ts";

/** The most addresses that one expression may stand for unless the caller says otherwise: a /20. */
export const ADDRESSES_MAX = 4_096;

/**
 * The IPv4 addresses that an expression stands for: `10.0.0.7`,
 * `10.0.0.0/24` (without network and broadcast address), `10.0.0.5-10.0.0.9`
 * or `10.0.0.5-9`.
 *
 * @returns in words what is wrong with it, if anything.
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
    return bad(`${expression} is no IPv4 address, range or CIDR`);
  }
  const [first, last] = bounds;
  if (last < first) return bad(`${expression} ends before it begins`);
  const count = last - first + 1;
  if (count > addressesMax) {
    return bad(`${expression} has ${count} addresses; the limit is ${addressesMax}`);
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

function cidrBounds(
  address: number | undefined,
  bits: number,
): readonly [number, number] | undefined {
  if (address === undefined || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const network = Math.floor(address / size) * size;
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
