/**
 * `HOST[:PORT]` on a command line.
 *
 * @module
 */

/** Where Modbus TCP listens unless somebody says otherwise. */
export const MODBUS_PORT = 502;

/** A host and a port. */
export interface HostPort {
  /** Name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Takes `HOST[:PORT]` apart. An IPv6 address with a port stands in brackets
 * (RFC 3986, 3.2.2); without a port it may stand bare.
 *
 * @returns undefined if it is none of these forms.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { parseHostPort } from "./host_port.ts";
 *
 * deepStrictEqual(parseHostPort("[::1]:1502", 502), { host: "::1", port: 1502 });
 * deepStrictEqual(parseHostPort("inv-1.plant", 502), { host: "inv-1.plant", port: 502 });
 * ```
 */
export function parseHostPort(text: string, port: number): HostPort | undefined {
  if (/[\s/@]/.test(text)) return undefined;
  const bracketed = /^\[([0-9a-f:.]+(?:%[\w.-]+)?)\](?::(\d+))?$/i.exec(text);
  if (bracketed !== null) {
    const host = bracketed[1] ?? "";
    return host.includes(":") ? withPort(host, bracketed[2], port) : undefined;
  }
  if (/^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%[\w.-]+)?$/i.test(text)) {
    return { host: text, port };
  }
  const plain = /^([^:[\]]+)(?::(\d+))?$/.exec(text);
  return plain === null ? undefined : withPort(plain[1] ?? "", plain[2], port);
}

function withPort(
  host: string,
  digits: string | undefined,
  otherwise: number,
): HostPort | undefined {
  const port = digits === undefined ? otherwise : Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
