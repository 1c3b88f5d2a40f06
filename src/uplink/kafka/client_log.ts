/**
 * Rewrites log lines of kafkajs for the log of the agent: short texts without
 * counters, so that the rate limiter of the log recognises repetitions. Pure.
 *
 * @module
 */

import { addressOfLabel } from "./broker_label.ts";

/** A line that kafkajs 2.2.4 passes to its `logCreator`. */
export interface ClientLogLine {
  /** Part of the client, such as `Connection`. */
  readonly namespace: string;
  readonly message: string;
  /** Address of the broker, if the line is about one. */
  readonly broker?: unknown;
  /** Text of the error, if the line has one. */
  readonly error?: unknown;
}

/** Texts of Node and kafkajs for a connection that the broker closed. */
const CLOSED = /^(Closed connection|unexpected end of file)$/;

/** Maximum length of a message that is not recognised, in characters. */
const TEXT_LENGTH_MAX = 160;

/** Text of a line for people. */
export function describeClientLine(line: ClientLogLine): string {
  const { namespace, message } = line;
  const broker = typeof line.broker === "string"
    ? addressOfLabel(line.broker)
    : "the broker";
  const error = typeof line.error === "string" ? ` (${line.error})` : "";
  const [, cause] = /^Connection error: (.*)$/s.exec(message) ?? [];
  if (cause !== undefined) return describeConnectionError(cause, broker);
  if (message === "Connection timeout") return `connection to ${broker} timed out`;
  const [, request] = /^Response (\w+)\(key:/.exec(message) ?? [];
  if (request !== undefined) {
    return `${broker} answered a ${request} request with an error${error}`;
  }
  if (/^Failed to connect to (?:seed )?broker/.test(message)) {
    return "no connection to a broker; trying again";
  }
  const [first = ""] = message.split("\n");
  return `${namespace}: ${first.slice(0, TEXT_LENGTH_MAX)}${error}`;
}

/**
 * Text of a failed connection for people.
 *
 * @param cause the message of the error of Node or kafkajs
 * @param broker used if `cause` does not contain an address
 */
export function describeConnectionError(cause: string, broker: string): string {
  const [, code, target] = /\b(E[A-Z]+)(?: (\S+))?/.exec(cause) ?? [];
  const address = target !== undefined && /:\d+$/.test(target)
    ? addressOfLabel(target)
    : broker;
  if (code === "ECONNREFUSED") return `${address} refused the connection`;
  if (code === "ECONNRESET" || CLOSED.test(cause)) {
    return `${broker} closed the connection`;
  }
  if (code === "ETIMEDOUT" || cause === "Connection timeout") {
    return `connection to ${address} timed out`;
  }
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") {
    return `no route to ${address}`;
  }
  if (code === "ENOTFOUND") return `host name ${target ?? broker} not found`;
  const [first = ""] = cause.split("\n");
  return `connection to ${broker} failed (${first.slice(0, TEXT_LENGTH_MAX)})`;
}
