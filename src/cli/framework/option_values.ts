/**
 * Parsers for the values of arguments and options. An invalid value is a usage error.
 *
 * @module
 */

import { InvalidArgumentError } from "commander";
import type { Result } from "../../base/result.ts";
import {
  HOST_FORM,
  type HostPort,
  isHost,
  parseHostPort,
} from "../../base/network/address.ts";
import {
  BYTES_FORM,
  DURATION_FORM,
  parseBytes,
  parseDuration,
} from "../../config/schema/quantity.ts";
import type { ValueParser } from "./command.ts";

/** Registered port of Modbus TCP (IANA: mbap). */
export const MODBUS_PORT = 502;

/** An integer from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  };
}

/** One word of a list. */
export function choiceOf<const W extends string>(
  ...words: readonly W[]
): ValueParser<W> {
  return {
    completion: words,
    parse(text) {
      const word = words.find((one) => one === text);
      if (word !== undefined) return word;
      throw new InvalidArgumentError(`It must be ${words.join(" or ")}.`);
    },
  };
}

/** A duration such as `15s`, above zero, in ms. */
export function durationMs(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value > 0) return value;
  throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
}

/** A size such as `512MiB` or a plain number, above zero, in bytes. */
export function sizeBytes(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : parseBytes(text);
  if (value !== undefined && value > 0) return value;
  throw new InvalidArgumentError(`It must be ${BYTES_FORM}.`);
}

/** `http://HOST:PORT` or `https://HOST:PORT`. */
export function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return text;
  throw new InvalidArgumentError("It must be http://HOST:PORT.");
}

/** `HOST:PORT[,HOST:PORT…]`. */
export function brokerList(text: string): string[] {
  const brokers = text.split(",").map((broker) => broker.trim());
  if (brokers.every((broker) => parseHostPort(broker) !== undefined)) return brokers;
  throw new InvalidArgumentError("It must be HOST:PORT; separate several by commas.");
}

/** `HOST[:PORT]` of a device. An IPv6 address needs brackets only before a port. */
export function deviceAddress(text: string): HostPort {
  if (text.includes(":") && isHost(text)) return { host: text, port: MODBUS_PORT };
  const address = parseHostPort(text, MODBUS_PORT);
  if (address !== undefined) return address;
  throw new InvalidArgumentError("It must be HOST or HOST:PORT.");
}

/** A host name or an IP address, without a port. */
export function hostName(text: string): string {
  if (isHost(text)) return text;
  throw new InvalidArgumentError(`It must be ${HOST_FORM}.`);
}

/** A time of day such as `09:30`, in ms after midnight. */
export function dayTime(text: string): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) {
    throw new InvalidArgumentError("It must be a time of day such as 09:30.");
  }
  return (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Adapts a parser that returns a result; its fault is the error message. */
export function asResult<T>(
  parse: (text: string) => Result<T, string>,
): (text: string) => T {
  return (text) => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    throw new InvalidArgumentError(parsed.fault);
  };
}

/** `PORT[,PORT…]`. */
export function portList(text: string): number[] {
  return text.split(",").map((part) => wholeNumber(1, 65_535)(part.trim()));
}

/** `ID[,ID…]` of SunSpec models. */
export function modelList(text: string): number[] {
  return text.split(",").map((part) => wholeNumber(1, 65_534)(part.trim()));
}

/** Source of registers: a device or a dump file. */
export type DeviceSource =
  | { readonly kind: "address"; readonly host: string; readonly port: number }
  | { readonly kind: "file"; readonly path: string };

/** `HOST[:PORT]`, or a path: a string with a slash (but not a URL), or one that ends in `.json`. */
export function deviceSource(text: string): DeviceSource {
  return /^(?!.*:\/\/).*\/|\.json$/i.test(text)
    ? { kind: "file", path: text }
    : { kind: "address", ...deviceAddress(text) };
}
