/**
 * The log of the process: masks secrets, limits the rate, formats and writes events
 * through LogTape.
 *
 * @module
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import type { EventName, Log, LogFields } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import { EVENTS, levelOf, LOG_LEVELS, type LogLevel } from "./events.ts";
import {
  formatJson,
  formatPretty,
  formatText,
  type LogLine,
  withPriority,
} from "./format.ts";
import { type Admitted, createRateLimiter } from "./rate_limit.ts";
import { createRedaction } from "./redact.ts";

/** Options of the log. */
export interface LogOptions {
  /** Minimum severity to write. */
  readonly level: LogLevel;
  /** JSON, or text for people; the caller resolves "auto". */
  readonly format: "json" | "pretty";
  /** Writes a whole line, including its line end. */
  readonly write: (text: string) => void;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  /** Called for every event, written or not. */
  readonly onEvent?: (name: EventName) => void;
  /** True if the systemd journal reads the lines: each has a priority and no colours. */
  readonly journal?: boolean;
  /** Masked wherever they occur. */
  readonly secrets?: readonly Secret[];
}

/** A log that can be changed and closed; closing writes the newest suppressed lines. */
export interface OpenLog extends Log {
  /** Changes the minimum severity and adds secrets to mask. */
  adjust(
    options: { readonly level: LogLevel; readonly secrets: readonly Secret[] },
  ): void;
  close(): void;
}

/** Root category in LogTape. */
const ROOT = "sunspec-collector";

/** Fields that identify the subject: entries that differ in them are limited separately. */
const SUBJECT_FIELDS = [
  "device",
  "topic",
  "stream",
  "path",
  "part",
  "file",
  "problem",
  "oddity",
  "level",
  "message",
];

/**
 * Events that report the state of one subject. They are limited together, so that the
 * last line of a subject always is its current state.
 */
const STATE_GROUPS: Partial<Readonly<Record<EventName, string>>> = {
  "device.online": "device",
  "device.asleep": "device",
  "device.offline": "device",
  "device.quarantined": "device",
  "uplink.up": "uplink",
  "uplink.down": "uplink",
  "uplink.hold": "topic",
  "uplink.released": "topic",
  "buffer.failed": "buffer",
  "buffer.recovered": "buffer",
  "clock.synced": "clock",
  "config.reloaded": "config",
  "config.refused": "config",
  "config.fault": "config",
  "config.kept": "config",
  "observe.otlp_down": "otlp",
  "observe.otlp_up": "otlp",
};

/** State changes of one subject that are written per window. */
const STATE_CHANGES_MAX = 6;

/** Opens the log of this process; an earlier one stops writing. */
export function createLog(options: LogOptions): OpenLog {
  const { write, nowMs, onEvent, journal = false } = options;
  let { level } = options;
  const formatForPeople = journal ? formatText : formatPretty;
  const formatLine = options.format === "json" ? formatJson : formatForPeople;
  const format = (line: LogLine): string =>
    journal ? withPriority(line.level, formatLine(line)) : formatLine(line);
  configureSync({
    reset: true,
    sinks: { out: (record) => write(format(toLine(record))) },
    loggers: [
      { category: [ROOT], lowestLevel: "debug", sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "fatal", sinks: [] },
    ],
  });
  const secrets = new Set((options.secrets ?? []).map((one) => one.reveal()));
  let redact = createRedaction([...secrets]);
  const limiter = createRateLimiter<Entry>();

  function writeEntry({ item, suppressed: repeats }: Admitted<Entry>): void {
    const { name, fields } = item;
    const [area = ""] = name.split(".");
    const properties = { ...fields, ...(repeats > 0 ? { repeats } : {}) };
    getLogger([ROOT, area]).emit({
      timestamp: nowMs(),
      level: levelOf(name, fields),
      rawMessage: EVENTS[name].message,
      message: fill(EVENTS[name].message, properties),
      properties: { ...properties, event: name },
    });
  }

  return {
    event(name, fields): void {
      onEvent?.(name);
      if (LOG_LEVELS.indexOf(levelOf(name, fields)) < LOG_LEVELS.indexOf(level)) return;
      const entry: Entry = { name, fields: redact(fields) };
      const burst = STATE_GROUPS[name] === undefined ? 1 : STATE_CHANGES_MAX;
      for (const due of limiter.admit(limitKey(entry), entry, nowMs(), burst)) {
        writeEntry(due);
      }
    },
    adjust(next): void {
      level = next.level;
      for (const secret of next.secrets) secrets.add(secret.reveal());
      redact = createRedaction([...secrets]);
    },
    close(): void {
      for (const due of limiter.drain()) writeEntry(due);
      resetSync();
    },
  };
}

interface Entry {
  readonly name: EventName;
  readonly fields: LogFields;
}

/** Entries with the same key are limited together. */
function limitKey({ name, fields }: Entry): string {
  const group = STATE_GROUPS[name] ?? name;
  return JSON.stringify([group, ...SUBJECT_FIELDS.map((field) => fields[field])]);
}

/** Splits a message into the parts that LogTape expects: texts alternating with values. */
function fill(message: string, fields: LogFields): readonly unknown[] {
  return message.split(/\{(\w+)\}/).map((part, at) =>
    at % 2 === 0 ? part : fields[part]
  );
}

function toLine(record: LogRecord): LogLine {
  const { event, ...fields } = record.properties as LogFields & { event: EventName };
  const inMessage = new Set(
    [...String(record.rawMessage).matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
  );
  const message = record.message
    .map((part) => part === null ? "unknown" : String(part)).join("");
  return {
    atMs: record.timestamp,
    level: levelOf(event, fields),
    event,
    message,
    fields,
    inMessage,
  };
}
