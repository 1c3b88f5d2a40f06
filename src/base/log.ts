/**
 * The log as the layers see it: events with stable names, never free text.
 * `observability/log` writes them and declares their texts.
 *
 * @module
 */

/** A value of a log field. */
export type LogValue = string | number | boolean | null | readonly LogValue[];

/** The fields of a log event. */
export type LogFields = { readonly [name: string]: LogValue };

/**
 * Every event with its required fields. Names are stable because operators search and
 * alert on them.
 */
export type LogEvents = {
  "agent.started": { readonly version: string; readonly gateway: string };
  "agent.degraded": { readonly crashes: number; readonly path: string };
  "agent.ready": { readonly devices: number; readonly uplink: string };
  "agent.stopping": { readonly reason: string };
  "agent.stopped": { readonly seconds: number; readonly rowsLeft: number };
  "agent.failed": { readonly error: string };
  "config.warning": { readonly path: string; readonly problem: string };
  "config.reloaded": {
    readonly followed: readonly string[];
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
  "config.kept": { readonly path: string };
  "config.fault": { readonly problem: string };
  "config.refused": { readonly file: string; readonly faults: number };
  "discovery.found": {
    readonly device: string;
    readonly manufacturer: string | null;
    readonly model: string | null;
    readonly serial: string | null;
    readonly adopted: boolean;
  };
  "discovery.moved": { readonly device: string; readonly from: string };
  "discovery.looked": { readonly hosts: number; readonly seconds: number };
  "device.discovered": { readonly device: string; readonly base: number };
  "device.oddity": { readonly device: string; readonly oddity: string };
  "device.quirks": { readonly device: string; readonly quirks: string };
  "device.flagged": {
    readonly device: string;
    readonly field: string;
    readonly reason: string;
  };
  "device.unknown_models": { readonly device: string; readonly models: string };
  "device.online": { readonly device: string };
  "device.asleep": { readonly device: string };
  "device.offline": { readonly device: string; readonly cause: string };
  "device.failed": { readonly device: string; readonly cause: string };
  "device.changed": {
    readonly device: string;
    /** When the change was seen: the line follows the rediscovery and may be delayed. */
    readonly at: string;
    readonly change: string;
  };
  "device.layout_changed": {
    readonly device: string;
    readonly at: string;
    /** The parts that came, with their models. */
    readonly came: string;
    readonly went: string;
  };
  "device.overrun": { readonly device: string; readonly slotsMissed: number };
  "device.restarted": { readonly device: string; readonly error: string };
  "device.quarantined": { readonly device: string; readonly error: string };
  "device.duplicate": { readonly device: string; readonly other: string };
  "records.refused": { readonly device: string; readonly error: string };
  "buffer.opened": { readonly rows: number; readonly epoch: number };
  "buffer.set_aside": { readonly path: string };
  "buffer.gap": {
    readonly stream: string;
    readonly reason: string;
    readonly records: number;
    readonly firstSeq: number;
    readonly lastSeq: number;
  };
  "buffer.slow": { readonly commitMs: number };
  "buffer.failed": { readonly error: string };
  "buffer.disk_full": { readonly rows: number };
  "buffer.disk_free": { readonly rows: number };
  "buffer.log_held": {
    readonly path: string;
    readonly bytes: number;
    readonly bytesMax: number;
  };
  "buffer.gaps_lost": { readonly gaps: number };
  "buffer.too_small": { readonly leastBytes: number };
  "buffer.log_released": { readonly bytes: number };
  "buffer.mark_failed": { readonly error: string };
  "buffer.mark_unusable": { readonly error: string };
  "buffer.recovered": { readonly rows: number };
  "uplink.up": { readonly uplink: string };
  "uplink.down": { readonly uplink: string; readonly detail: string };
  "uplink.hold": { readonly topic: string; readonly alarm: string };
  "uplink.released": { readonly topic: string };
  "uplink.client": { readonly level: string; readonly message: string };
  "uplink.refused": { readonly topic: string; readonly reason: string };
  "files.finished": { readonly file: string };
  "files.deleted": { readonly file: string };
  "files.recovered": { readonly file: string };
  "files.damaged": { readonly file: string };
  "memory.damaged": { readonly path: string; readonly detail: string };
  "memory.unwritable": { readonly path: string; readonly detail: string };
  "clock.stepped": { readonly offsetMs: number };
  "clock.synced": { readonly synced: boolean | null };
  "observe.listening": { readonly address: string };
  "observe.unreachable": { readonly address: string; readonly error: string };
  "observe.otlp_down": { readonly url: string; readonly error: string };
  "observe.otlp_up": { readonly url: string };
  "host.loop_lag": { readonly p50Ms: number; readonly maxMs: number };
  "host.notify_failed": { readonly detail: string };
  "host.control_failed": { readonly detail: string };
  "host.watchdog_withheld": { readonly part: string };
};

/** Name of an event. */
export type EventName = keyof LogEvents;

/** Destination of events. Writing never throws and never waits. */
export interface Log {
  /** Writes one event; it may have further fields. */
  event<N extends EventName>(name: N, fields: LogEvents[N] & LogFields): void;
}
