/**
 * A log line as text: JSON for machines, or one line for people. Pure.
 *
 * @module
 */

import type { EventName, LogFields, LogValue } from "../../base/log.ts";
import type { LogLevel } from "./events.ts";

/** A line before it is text. */
export interface LogLine {
  /** Wall clock, ms. */
  readonly atMs: number;
  readonly level: LogLevel;
  readonly event: EventName;
  /** For people, fields filled in. */
  readonly message: string;
  readonly fields: LogFields;
  /** Names of the fields that stand in the message. */
  readonly told: ReadonlySet<string>;
}

/** One JSON object on one line; `time`, `level`, `event` and `message` come first and win over fields of that name. */
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

/** One line for people: `12:00:01 warning device.offline  inv-01 is offline: … (unit=1)`. */
export function formatPretty(line: LogLine): string {
  const clock = isoTime(line.atMs).slice(11, 19);
  const rest = Object.entries(line.fields)
    .filter(([name]) => !line.told.has(name))
    .map(([name, value]) => `${name}=${showField(value)}`);
  const tail = rest.length === 0 ? "" : ` (${rest.join(" ")})`;
  const level = `\x1b[${COLOURS[line.level]}m${line.level.padEnd(7)}\x1b[0m`;
  return `${clock} ${level} ${line.event}  ${visible(line.message)}${visible(tail)}\n`;
}

function showField(value: LogValue): string {
  return typeof value === "string" && /^\S+$/.test(value)
    ? value
    : JSON.stringify(value);
}

/** Devices and brokers write parts of these texts: nothing of theirs may steer the terminal. */
export function visible(text: string): string {
  return text.replaceAll(
    /\p{C}/gu,
    (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** ISO 8601 in UTC; a time that cannot be is the epoch. */
function isoTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
