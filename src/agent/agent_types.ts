/**
 * The agent as its users see it: options, settings that can change at run time, view
 * and summary.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Buffer, BufferBounds, BufferOptions } from "../buffer/buffer.ts";
import type { DeviceCache } from "../device/device_cache.ts";
import type { QuirkLookup } from "../device/quirk_rules.ts";
import type { OpenConnection } from "../modbus/connection.ts";
import type { Measurements } from "../observability/metrics/measurements.ts";
import type { DeviceReport } from "../poller/device_report.ts";
import type {
  ExplorationDependencies,
  ExplorationSettings,
} from "../poller/roster/exploration.ts";
import type { RosterEntry } from "../poller/roster/roster.ts";
import type { RosterChange } from "../poller/roster/roster_change.ts";
import type { Draft, RecordType } from "../records/record.ts";
import type { RecordSettings } from "../records/record_builder.ts";
import type { LoadDefinition } from "../sunspec/definition/vendor_models.ts";
import type { Destination, Sender } from "../uplink/sender.ts";

/** The topic of each record type. */
export type TopicOf = (type: RecordType) => string;

/** The settings that can change while the agent runs. */
export interface AgentSettings {
  /** The units of the configured devices. */
  readonly roster: readonly RosterEntry[];
  /** Which records are made of the configured devices, by the keys of the roster. */
  readonly recordSettings: ReadonlyMap<string, RecordSettings>;
  /** Discovery settings; null = discovery is off. */
  readonly exploration: ExplorationSettings | null;
  readonly bufferLimits: BufferBounds;
  readonly topicOf: TopicOf;
  /** Creates the destination once the buffer is open, because files need its schemas. Null = nothing is sent. */
  readonly createDestination: (buffer: Buffer) => Destination | null;
}

/** What an agent is started with. Contains no secret. */
export interface AgentOptions extends AgentSettings {
  /** Version of the program, for heartbeats. */
  readonly version: string;
  readonly gateway: string;
  readonly site: string | null;
  readonly loadDefinition: LoadDefinition;
  readonly buffer: Omit<BufferOptions, keyof BufferBounds>;
  /** The devices that earlier scans have found, and a function that saves those of this run. */
  readonly knownDevices: Pick<ExplorationDependencies, "before" | "save">;
  /** Receives the epoch of this start from the buffer; polling begins after it resolves. */
  readonly onEpoch?: (epoch: number) => Promise<void>;
  /** Receives the drafts of each poll with the key of the roster entry, `host:port/unit`. It must not wait. */
  readonly onDrafts?: (key: string, drafts: readonly Draft[]) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Opens connections to devices; TCP if absent. */
  readonly openConnection?: OpenConnection;
  readonly log: Log;
  readonly measurements: Measurements;
  /** Cached layouts of devices; `flush` writes them to the disk. */
  readonly deviceCache: DeviceCache & { flush(): Promise<void> };
  readonly quirksOf: QuirkLookup;
  /** Whether the kernel reports its clock as synchronised; null = unknown. */
  readonly clockSynced: () => boolean | null;
  /** Free bytes of the buffer's disk; null = unknown. */
  readonly freeBytes: () => number | null;
}

/** The current state of an agent. */
export interface AgentView {
  /** Name of the uplink, without secrets; null = none. */
  readonly uplink: string | null;
  readonly devices: readonly DeviceReport[];
  readonly buffer: Buffer["stats"];
  /** Maximum size of the buffer, in bytes, as currently configured. */
  readonly maxBytes: number;
  readonly pump: Sender["status"] | null;
  /** Records made since the start. */
  readonly recordsMade: number;
  /** The part of the agent that has stalled; undefined = none. */
  readonly stalled: string | undefined;
}

/** The result of an agent's run. */
export interface AgentSummary {
  readonly recordsMade: number;
  readonly stored: number;
  readonly delivered: number;
  readonly evicted: number;
  /** Rows in the buffer's file that were not delivered. */
  readonly rowsLeft: number;
  readonly pump: Sender["status"] | null;
  readonly devices: readonly DeviceReport[];
}

/** A running agent. */
export interface Agent {
  readonly view: AgentView;
  /** Resolves only if a part fails permanently, with the error. */
  readonly failure: Promise<Error>;
  /**
   * Applies changed settings. Devices with equal settings, rows and counters are not
   * affected; the destination is replaced only if `changed.destination` is true.
   * Resolves once everything is in effect.
   *
   * @throws if a part fails permanently.
   */
  update(
    settings: AgentSettings,
    changed: { readonly destination: boolean },
  ): Promise<RosterChange>;
  /** Stops polling, sends the remaining rows and closes the buffer, within about `limitMs`. */
  stop(limitMs: number): Promise<AgentSummary>;
}
