/**
 * Log lines as text: JSON for programs, one line for people. Pure.
 *
 * @module
 */

import type { EventName, LogFields, LogValue } from "../../base/log.ts";
import { type LogLevel, SYSLOG_PRIORITIES } from "./events.ts";

/** A line before it is formatted. */
export interface LogLine {
  /** Wall clock, ms since the Unix epoch. */
  readonly atMs: number;
  readonly level: LogLevel;
  readonly event: EventName;
  /** For people, with the values of its fields. */
  readonly message: string;
  readonly fields: LogFields;
  /** Names of the fields whose values are part of the message. */
  readonly inMessage: ReadonlySet<string>;
}

/** One JSON object on one line; `time`, `level`, `event` and `message` come first and take precedence over fields of that name. */
export function formatJson(line: LogLine): string {
  const time = isoTime(line.atMs);
  const { level, event, message, fields } = line;
  const head = { time, level, event, message };
  return `${JSON.stringify({ ...head, ...fields, ...head })}\n`;
}

const COLOURS: Readonly<Record<LogLevel, number>> = {
  debug: 90,
  info: 32,
  warning: 33,
  error: 31,
};

/** One coloured line for a terminal: `12:00:01 warning device.offline  inv-01: offline (…) unit=1`. */
export function formatPretty(line: LogLine): string {
  const clock = isoTime(line.atMs).slice(11, 19);
  const level = `\x1b[${COLOURS[line.level]}m${line.level.padEnd(7)}\x1b[0m`;
  return `${clock} ${level} ${formatText(line)}`;
}

/**
 * One plain line for the journal, which adds time, unit and process:
 * `device.offline  inv-01: offline (…) unit=1`.
 */
export function formatText(line: LogLine): string {
  const rest = Object.entries(line.fields)
    .filter(([name]) => name !== "level" && !line.inMessage.has(name))
    .map(([name, value]) => ` ${name}=${showField(value)}`);
  return `${line.event}  ${visible(line.message)}${visible(rest.join(""))}\n`;
}

/** Prefixes a line with its priority, as the journal reads it from stderr (sd-daemon(3)). */
export function withPriority(level: LogLevel, text: string): string {
  return `<${SYSLOG_PRIORITIES[level]}>${text}`;
}

function showField(value: LogValue): string {
  return typeof value === "string" && /^\S+$/.test(value)
    ? value
    : JSON.stringify(value);
}

/** Escapes control characters: parts of these texts come from devices and brokers and must not control the terminal. */
export function visible(text: string): string {
  return text.replaceAll(
    /\p{C}/gu,
    (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** ISO 8601 in UTC; the epoch for a time outside the range of `Date`. */
function isoTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
