/**
 * Text and severity of every log event. Event names are stable: operators search
 * for them and build alerts on them.
 *
 * Texts have the form `<subject>: <what happened> (<cause>); <what to do>`.
 *
 * @module
 */

import type { EventName } from "../../base/log.ts";

/** Severity of an event. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** The levels, lowest severity first. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** Syslog severities, which the journal uses too (RFC 5424, section 6.2.1). */
export const SYSLOG_PRIORITIES: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
};

/** Text and severity of one event. */
export interface EventText {
  readonly level: LogLevel;
  /** For people; `{name}` is replaced by the field of that name, null by "unknown". */
  readonly message: string;
}

/** Text and severity of every event. */
export const EVENTS: { readonly [N in EventName]: EventText } = {
  "agent.started": {
    level: "info",
    message: "agent: started (version {version}, gateway {gateway})",
  },
  "agent.degraded": {
    level: "error",
    message:
      "agent: degraded start after {crashes} consecutive crashes; the device cache is ignored (buffer: {path})",
  },
  "agent.ready": {
    level: "info",
    message: "agent: ready ({devices} devices, uplink {uplink})",
  },
  "agent.stopping": { level: "info", message: "agent: stopping ({reason})" },
  "agent.stopped": {
    level: "info",
    message: "agent: stopped after {seconds} s; {rowsLeft} rows remain in the buffer",
  },
  "agent.failed": { level: "error", message: "agent: failed ({error})" },
  "config.warning": { level: "warning", message: "configuration: {problem}" },
  "config.reloaded": {
    level: "info",
    message: "configuration: reloaded",
  },
  "config.kept": {
    level: "warning",
    message: "configuration: {path} keeps its old value; restart to apply the new one",
  },
  "config.fault": { level: "error", message: "configuration: {problem}" },
  "config.refused": {
    level: "error",
    message:
      "configuration: not reloaded ({faults} faults in {file}); the old configuration stays in effect",
  },
  "discovery.found": {
    level: "info",
    message:
      "discovery: found {manufacturer} {model} {serial} at {device} (polled: {adopted})",
  },
  "discovery.moved": {
    level: "warning",
    message: "discovery: device moved from {from} to {device}",
  },
  "discovery.looked": {
    level: "info",
    message: "discovery: scanned {hosts} addresses in {seconds} s",
  },
  "device.discovered": {
    level: "debug",
    message: "{device}: model chain found at base address {base}",
  },
  "device.oddity": { level: "warning", message: "{device}: {oddity}" },
  "device.quirks": { level: "info", message: "{device}: read with quirks: {quirks}" },
  "device.flagged": {
    level: "warning",
    message:
      "{device}: field {field} flagged {reason} (logged once); see docs/contracts.md",
  },
  "device.unknown_models": {
    level: "info",
    message:
      "{device}: models without a definition skipped: {models}; discovery.models_dir can add definitions",
  },
  "device.online": { level: "info", message: "{device}: online" },
  "device.asleep": { level: "info", message: "{device}: asleep" },
  "device.offline": { level: "warning", message: "{device}: offline ({cause})" },
  "device.failed": { level: "warning", message: "{device}: attempt failed ({cause})" },
  "device.changed": {
    level: "warning",
    message: "{device}: device changed at {at} ({change}); discovering it again",
  },
  "device.layout_changed": {
    level: "warning",
    message: "{device}: models changed at {at}; added: {came}; missing: {went}",
  },
  "device.overrun": {
    level: "warning",
    message:
      "{device}: poll takes longer than its interval ({slotsMissed} slots missed); raise interval_ms",
  },
  "device.restarted": {
    level: "error",
    message: "{device}: poll task failed and was restarted ({error})",
  },
  "device.quarantined": {
    level: "error",
    message: "{device}: quarantined after repeated failures ({error}); retried later",
  },
  "device.duplicate": {
    level: "warning",
    message:
      "{device}: same identity as {other}, not polled; remove it or configure its own id",
  },
  "records.refused": {
    level: "error",
    message: "{device}: record could not be encoded ({error})",
  },
  "buffer.opened": {
    level: "info",
    message: "buffer: opened ({rows} rows, epoch {epoch})",
  },
  "buffer.set_aside": {
    level: "error",
    message: "buffer: file damaged and moved to {path}; a new file is in use",
  },
  "buffer.gap": {
    level: "error",
    message:
      "buffer: dropped {records} records of {stream}, seq {firstSeq}-{lastSeq} ({reason})",
  },
  "buffer.gaps_lost": {
    level: "error",
    message:
      "buffer: {gaps} gaps are damaged in both copies and cannot be announced; their numbers are missing without an announcement",
  },
  "buffer.too_small": {
    level: "warning",
    message:
      "buffer: max_bytes is too small for the devices found; set it to {leastBytes} bytes or more",
  },
  "buffer.slow": { level: "warning", message: "buffer: commit took {commitMs} ms" },
  "buffer.failed": {
    level: "error",
    message: "buffer: write failed ({error}); records are kept in memory",
  },
  "buffer.disk_full": {
    level: "error",
    message:
      "buffer: disk full ({rows} rows buffered); rows are stored and deleted in small steps as far as there is space; free space on the disk",
  },
  "buffer.disk_free": {
    level: "info",
    message: "buffer: disk no longer full ({rows} rows buffered)",
  },
  "buffer.log_held": {
    level: "error",
    message:
      "buffer: {path}-wal has {bytes} bytes, its share of max_bytes is {bytesMax} (a process reads the file in one long transaction); find it with fuser -v {path}-shm and end it",
  },
  "buffer.log_released": {
    level: "info",
    message: "buffer: the write-ahead log is within its share again ({bytes} bytes)",
  },
  "buffer.mark_failed": {
    level: "warning",
    message:
      "buffer: cannot write the high-water mark ({error}); it is tried again every few seconds",
  },
  "buffer.mark_unusable": {
    level: "warning",
    message: "buffer: high-water mark not used ({error}); a new one is written",
  },
  "buffer.recovered": {
    level: "info",
    message: "buffer: writes resumed ({rows} rows buffered)",
  },
  "uplink.up": { level: "info", message: "{uplink}: accepting records" },
  "uplink.down": {
    level: "warning",
    message: "{uplink}: delivery failed ({detail}); records stay in the buffer",
  },
  "uplink.hold": {
    level: "error",
    message: "topic {topic}: blocked; its records stay in the buffer. {alarm}",
  },
  "uplink.released": { level: "info", message: "topic {topic}: no longer blocked" },
  "uplink.client": { level: "info", message: "Kafka client: {message}" },
  "uplink.refused": {
    level: "error",
    message: "topic {topic}: record permanently rejected and dead-lettered ({reason})",
  },
  "files.finished": { level: "info", message: "{file}: complete" },
  "files.deleted": {
    level: "warning",
    message: "{file}: deleted (uplink.files.max_bytes reached)",
  },
  "files.recovered": {
    level: "warning",
    message: "{file}: left open by a crash, now closed",
  },
  "files.damaged": { level: "error", message: "{file}: damaged and quarantined" },
  "memory.damaged": {
    level: "warning",
    message: "device cache {path}: damaged ({detail}); devices are discovered again",
  },
  "memory.unwritable": {
    level: "warning",
    message:
      "device cache {path}: cannot be written ({detail}); devices are discovered again after a restart",
  },
  "clock.stepped": { level: "warning", message: "clock: stepped by {offsetMs} ms" },
  "clock.synced": {
    level: "info",
    message: "clock: synchronisation state changed; synchronised: {synced}",
  },
  "observe.listening": {
    level: "info",
    message: "status server: listening on http://{address}",
  },
  "observe.unreachable": {
    level: "warning",
    message: "status server: cannot listen on {address} ({error}); retrying",
  },
  "observe.otlp_down": {
    level: "warning",
    message:
      "OTLP: {url} did not accept metrics ({error}); the next export repeats the totals",
  },
  "observe.otlp_up": { level: "info", message: "OTLP: {url} accepting metrics" },
  "host.loop_lag": {
    level: "info",
    message: "event loop: lag {p50Ms} ms (median), {maxMs} ms (maximum)",
  },
  "host.notify_failed": { level: "warning", message: "service manager: {detail}" },
  "host.control_failed": { level: "warning", message: "control socket: {detail}" },
  "host.watchdog_withheld": {
    level: "error",
    message: "{part}: not responding; watchdog notification withheld",
  },
};

/** Severity of an event; a line of the Kafka client has its own level. */
export function levelOf(
  name: EventName,
  fields: Readonly<Record<string, unknown>>,
): LogLevel {
  const own = name === "uplink.client"
    ? LOG_LEVELS.find((level) => level === fields["level"])
    : undefined;
  return own ?? EVENTS[name].level;
}
