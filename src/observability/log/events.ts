/**
 * How each event of the log reads, and how grave it is. The names are for good:
 * people search for them and alarms are built on them.
 *
 * @module
 */

import type { EventName } from "../../base/log.ts";

/** How grave an event is. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** The levels, the least grave first. */
export const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** What syslog and the journal call them (RFC 5424, section 6.2.1). */
export const PRIORITIES: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
};

/** How an event reads. */
export interface EventText {
  readonly level: LogLevel;
  /** For people; `{name}` stands for a field. */
  readonly message: string;
}

/** Every event. */
export const EVENTS: { readonly [N in EventName]: EventText } = {
  "agent.started": { level: "info", message: "version {version} starts as {gateway}" },
  "agent.degraded": {
    level: "error",
    message:
      "after {crashes} crashes in a row it starts without its old buffer (now {path}) and without what it remembered",
  },
  "agent.ready": { level: "info", message: "ready: {devices} devices, to {uplink}" },
  "agent.stopping": { level: "info", message: "stops: {reason}" },
  "agent.stopped": {
    level: "info",
    message: "stopped within {seconds} s, {rowsLeft} rows are left in the buffer",
  },
  "agent.failed": { level: "error", message: "cannot go on: {error}" },
  "config.warning": { level: "warning", message: "{problem}" },
  "config.reloaded": {
    level: "info",
    message: "the configuration was read anew and is in force",
  },
  "config.kept": {
    level: "warning",
    message: "{path} keeps its old value until a restart",
  },
  "config.fault": { level: "error", message: "{problem}" },
  "config.refused": {
    level: "error",
    message: "the old configuration stays in force; faults in {file}: {faults}",
  },
  "discovery.found": {
    level: "info",
    message: "found {manufacturer} {model} {serial} at {device}; polled: {adopted}",
  },
  "discovery.moved": {
    level: "warning",
    message: "the device that was at {from} is at {device} now",
  },
  "discovery.looked": {
    level: "info",
    message: "looked for devices at {hosts} addresses in {seconds} s",
  },
  "device.discovered": { level: "debug", message: "{device}: found at base {base}" },
  "device.oddity": { level: "warning", message: "{device}: {oddity}" },
  "device.quirks": { level: "info", message: "{device} is read with {quirks}" },
  "device.flagged": {
    level: "warning",
    message:
      "{device}: {field} is flagged {reason}, which is said once (docs/contracts.md)",
  },
  "device.unknown_models": {
    level: "info",
    message:
      "{device}: models without a definition are skipped: {models} (discovery.models_dir can add one)",
  },
  "device.online": { level: "info", message: "{device} is online" },
  "device.asleep": { level: "info", message: "{device} is asleep" },
  "device.offline": { level: "warning", message: "{device} is offline: {cause}" },
  "device.failed": { level: "warning", message: "{device}: {cause}" },
  "device.changed": {
    level: "warning",
    message: "{device} has changed ({change}): it is looked at anew",
  },
  "device.overrun": {
    level: "warning",
    message: "{device} takes longer than its interval: {slotsMissed} slots missed",
  },
  "device.restarted": {
    level: "error",
    message: "{device}: its task failed and was started again: {error}",
  },
  "device.quarantined": {
    level: "error",
    message: "{device} is left alone for a while, it failed too often: {error}",
  },
  "device.duplicate": {
    level: "warning",
    message: "{device} and {other} say that they are the same device",
  },
  "records.refused": {
    level: "error",
    message: "{device}: a record could not be written: {error}",
  },
  "buffer.opened": {
    level: "info",
    message: "buffer open: {rows} rows, epoch {epoch}",
  },
  "buffer.set_aside": {
    level: "error",
    message: "the buffer's file is damaged and was put aside: {path}",
  },
  "buffer.gap": {
    level: "error",
    message: "rows of {stream} were given up: {reason}",
  },
  "buffer.slow": { level: "warning", message: "a commit took {commitMs} ms" },
  "buffer.failed": { level: "error", message: "the buffer cannot write: {error}" },
  "buffer.recovered": {
    level: "info",
    message: "the buffer writes again, {rows} rows wait",
  },
  "uplink.up": { level: "info", message: "{uplink} takes rows" },
  "uplink.down": { level: "warning", message: "{uplink} is away: {detail}" },
  "uplink.hold": { level: "error", message: "{topic} is on hold: {alarm}" },
  "uplink.released": { level: "info", message: "{topic} is no longer on hold" },
  "uplink.client": { level: "info", message: "Kafka client: {message}" },
  "uplink.refused": {
    level: "error",
    message: "a row for {topic} was refused for good: {reason}",
  },
  "files.finished": { level: "info", message: "{file} is finished" },
  "files.deleted": { level: "warning", message: "{file} was deleted: max_bytes" },
  "files.recovered": {
    level: "warning",
    message: "{file} was left open by a crash and is closed",
  },
  "files.damaged": { level: "error", message: "{file} is damaged and was put aside" },
  "memory.damaged": {
    level: "warning",
    message:
      "what was known of devices is lost and is found out anew: {path}: {detail}",
  },
  "memory.unwritable": {
    level: "warning",
    message: "what is known of devices will not outlive a restart: {path}: {detail}",
  },
  "clock.stepped": { level: "warning", message: "the clock stepped by {offsetMs} ms" },
  "clock.synced": {
    level: "info",
    message: "clock synchronised (null = not known): {synced}",
  },
  "observe.listening": {
    level: "info",
    message: "how the agent stands is to be had at http://{address}/status",
  },
  "observe.unreachable": {
    level: "warning",
    message:
      "nobody can ask at {address} how the agent stands: {error}; it is tried again",
  },
  "observe.otlp_down": {
    level: "warning",
    message: "{url} does not take metrics: {error}; what they count goes with the next",
  },
  "observe.otlp_up": { level: "info", message: "{url} takes metrics" },
  "host.loop_lag": {
    level: "info",
    message: "the event loop lags: {p50Ms} ms as a rule, {maxMs} ms at most",
  },
  "host.notify_failed": { level: "warning", message: "{detail}" },
  "host.control_failed": { level: "warning", message: "{detail}" },
  "host.watchdog_withheld": {
    level: "error",
    message: "{part} hangs: the watchdog is not fed",
  },
};

/** How grave an event is; what the Kafka client says brings its own level. */
export function levelOf(
  name: EventName,
  fields: Readonly<Record<string, unknown>>,
): LogLevel {
  const own = name === "uplink.client"
    ? LEVELS.find((level) => level === fields["level"])
    : undefined;
  return own ?? EVENTS[name].level;
}
