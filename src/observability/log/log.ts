/**
 * The door to the log: LogTape carries the lines.
 *
 * @module
 */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import type { EventName, Log, LogFields } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import { EVENTS, levelOf, LEVELS, type LogLevel, PRIORITIES } from "./events.ts";
import { createFold } from "./rate_limit.ts";
import { formatJson, formatPretty, type LogLine } from "./format.ts";
import { createRedaction } from "./redact.ts";

/** How to log. */
export interface LogOptions {
  /** What is less grave is not written. */
  readonly level: LogLevel;
  /** "auto" is for the caller to decide. */
  readonly format: "json" | "pretty";
  /** Writes a whole line, its end included; stderr as a rule. */
  readonly write: (text: string) => void;
  /** Wall clock, ms. */
  readonly nowMs: () => number;
  /** Told of every event, written or not. */
  readonly onEvent?: (name: EventName) => void;
  /** Each line begins with its priority, as the journal of systemd reads it (sd-daemon(3)). */
  readonly priorities?: boolean;
  /** Masked wherever they turn up. */
  readonly secrets?: readonly Secret[];
}

/** A log, to be closed so that what was folded is still said. */
export interface OpenLog extends Log {
  /** From now on: the least grave level that is written, and what else is masked. */
  adjust(
    options: { readonly level: LogLevel; readonly secrets: readonly Secret[] },
  ): void;
  close(): void;
}

/** Every line's category begins so. */
const ROOT = "sunspec-collector";

/** Fields that tell one thing from another: lines that differ in them are never folded into one. */
const THINGS = [
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
 * Events that say how one thing stands now. They are folded together, so that
 * the last line of a thing is always how it stands.
 */
const STATES: Partial<Readonly<Record<EventName, string>>> = {
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

/** A thing whose state changes more often than this in a window is folded. */
const STATES_MAX = 6;

/** Opens the one log of this process; an earlier one falls silent. */
export function createLog(options: LogOptions): OpenLog {
  const { write, nowMs, onEvent, priorities = false } = options;
  let { level } = options;
  const formatLine = options.format === "json" ? formatJson : formatPretty;
  const format = (line: LogLine): string =>
    priorities ? `<${PRIORITIES[line.level]}>${formatLine(line)}` : formatLine(line);
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
  const fold = createFold<Said>();

  function say(folded: { readonly item: Said; readonly repeats: number }): void {
    const { name, fields } = folded.item;
    const { repeats } = folded;
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
      if (LEVELS.indexOf(levelOf(name, fields)) < LEVELS.indexOf(level)) return;
      const said: Said = { name, fields: redact(fields) };
      const burst = STATES[name] === undefined ? 1 : STATES_MAX;
      for (const due of fold.offer(keyOf(said), said, nowMs(), burst)) say(due);
    },
    adjust(next): void {
      level = next.level;
      for (const secret of next.secrets) secrets.add(secret.reveal());
      redact = createRedaction([...secrets]);
    },
    close(): void {
      for (const due of fold.drain()) say(due);
      resetSync();
    },
  };
}

interface Said {
  readonly name: EventName;
  readonly fields: LogFields;
}

function keyOf({ name, fields }: Said): string {
  const kind = STATES[name] ?? name;
  return JSON.stringify([kind, ...THINGS.map((thing) => fields[thing])]);
}

/** Takes a message apart as LogTape wants it: texts, and between them the values. */
function fill(message: string, fields: LogFields): readonly unknown[] {
  return message.split(/\{(\w+)\}/).map((part, at) =>
    at % 2 === 0 ? part : fields[part]
  );
}

function toLine(record: LogRecord): LogLine {
  const { event, ...fields } = record.properties as LogFields & { event: EventName };
  const told = new Set(
    [...String(record.rawMessage).matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
  );
  const message = record.message.map(String).join("");
  return {
    atMs: record.timestamp,
    level: levelOf(event, fields),
    event,
    message,
    fields,
    told,
  };
}
