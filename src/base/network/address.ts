/**
 * Host names, IP addresses and ports as text. The only place that writes or
 * removes the brackets of an IPv6 address.
 *
 * @module
 */

/** A host and a port. */
export interface HostPort {
  /** Host name or IP address; an IPv6 address without brackets. */
  readonly host: string;
  /** TCP port, 1..65535. */
  readonly port: number;
}

/** What {@linkcode isHost} accepts, for messages. */
export const HOST_FORM = 'a host name or an IP address, such as "192.168.10.21"';

/**
 * A label of RFC 1123, section 2.1; underscores are accepted because they are in use.
 */
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/**
 * Whether a string is a host name, an IPv4 address or an IPv6 address without brackets.
 */
export function isHost(text: string): boolean {
  if (text.includes(":")) return isIpv6(text);
  const labels = (text.endsWith(".") ? text.slice(0, -1) : text).split(".");
  if (text.length > 253 || !labels.every((label) => LABEL.test(label))) return false;
  // The last label of a name is never a number (RFC 3696, section 2), so 999.1.1.1 is a
  // mistyped address and not a name.
  return /^\d+$/.test(labels.at(-1) ?? "") ? isIpv4(text) : true;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** Whether a host is a loopback address, which only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" ||
    (host.startsWith("127.") && isIpv4(host));
}

/** RFC 4291, section 2.2, with an optional zone (`fe80::1%eth0`, RFC 4007). */
function isIpv6(text: string): boolean {
  const [, address = ""] = /^([^%]*)(?:%[A-Za-z0-9._-]{1,15})?$/.exec(text) ?? [];
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => half === "" ? [] : half.split(":"));
  const last = groups.at(-1) ?? "";
  let count = groups.length;
  if (last.includes(".")) {
    if (!isIpv4(last)) return false;
    groups.pop();
    count++;
  }
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? count < 8 : count === 8;
}

/**
 * Writes a host as it appears in a URL or in front of a port: an IPv6 address in
 * brackets (RFC 3986, section 3.2.2), anything else unchanged.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { formatHost } from "./address.ts";
 *
 * strictEqual(formatHost("fe80::1"), "[fe80::1]");
 * strictEqual(formatHost("meter.lan"), "meter.lan");
 * ```
 */
export function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * Writes `host:port`, with an IPv6 address in brackets; {@linkcode parseHostPort}
 * reads it back.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { formatAddress } from "./address.ts";
 *
 * strictEqual(formatAddress("10.0.0.7", 502), "10.0.0.7:502");
 * strictEqual(formatAddress("fe80::1", 502), "[fe80::1]:502");
 * ```
 */
export function formatAddress(host: string, port: number): string {
  return `${formatHost(host)}:${port}`;
}

/**
 * Writes a Modbus unit for people: `host:port unit N`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { formatUnitAddress } from "./address.ts";
 *
 * strictEqual(formatUnitAddress("10.0.0.7", 502, 3), "10.0.0.7:502 unit 3");
 * ```
 */
export function formatUnitAddress(host: string, port: number, unitId: number): string {
  return `${formatAddress(host, port)} unit ${unitId}`;
}

/**
 * Parses `HOST:PORT`, or `HOST` if a default port is given. An IPv6 address must be
 * in brackets.
 *
 * @returns undefined if the text has another form or the port is not 1..65535.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert";
 * import { parseHostPort } from "./address.ts";
 *
 * deepStrictEqual(parseHostPort("[fe80::1]:502"), { host: "fe80::1", port: 502 });
 * deepStrictEqual(parseHostPort("meter.lan", 502), { host: "meter.lan", port: 502 });
 * strictEqual(parseHostPort("meter.lan"), undefined);
 * ```
 */
export function parseHostPort(
  text: string,
  defaultPort?: number,
): HostPort | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:]*)(?::(\d{1,5}))?$/.exec(text);
  const [, host, portText] = bracketed ?? plain ?? [undefined, text, undefined];
  if (host === undefined || !isHost(host)) return undefined;
  if (bracketed !== null && !host.includes(":")) return undefined;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}
