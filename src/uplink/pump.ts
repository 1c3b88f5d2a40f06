/**
 * Moves rows from the buffer to the far side, oldest first. It knows neither
 * SQLite nor Kafka: both are handed in.
 *
 * @module
 */

import type { Chance } from "../base/chance.ts";
import type { Clock } from "../base/clock.ts";
import type { Buffer } from "../buffer/buffer.ts";
import type { Uplink } from "./uplink.ts";

/** What the pump is doing. */
export type PumpState =
  /** Rows are on their way, or about to be. */
  | "sending"
  /** Nothing to send. */
  | "idle"
  /** The far side is away; the next try is set. */
  | "waiting"
  /** Only a person can help: see the alarms. What can flow, flows. */
  | "holding";

/** Something that only a person can mend. */
export interface Alarm {
  /** The topic that is on hold; null = all of them. */
  readonly topic: string | null;
  readonly errorName: string;
  /** What is wrong and what mends it, in words. */
  readonly text: string;
  /** Wall clock when it was raised, ms since the Unix epoch. */
  readonly raisedAtMs: number;
}

/** How the pump stands. Times are wall clock, ms since the Unix epoch. */
export interface PumpStatus {
  readonly state: PumpState;
  /** When `state` was entered. */
  readonly sinceMs: number;
  readonly alarms: readonly Alarm[];
  /** Rows and payload bytes that the far side took since the start. */
  readonly rowsDelivered: number;
  readonly bytesDelivered: number;
  /** When the far side last took rows; null = not yet. */
  readonly lastAckMs: number | null;
  /** Sends that had to be made again. */
  readonly retries: number;
  /** Rows set aside as dead letters. */
  readonly rowsBuried: number;
  /** The last failure, cleared by the next success. */
  readonly lastError: { readonly errorName: string; readonly detail: string } | null;
}

/** News of the pump, for the log. */
export type PumpEvent =
  | { readonly is: "alarm_raised" | "alarm_cleared"; readonly alarm: Alarm }
  | {
    /** First failure after a success, and each change of its name. */
    readonly is: "failing";
    readonly topic: string;
    readonly errorName: string;
    readonly detail: string;
    readonly rows: number;
  }
  | { readonly is: "recovered"; readonly topic: string; readonly failures: number }
  | {
    readonly is: "buried";
    readonly topic: string;
    readonly id: number;
    readonly reason: string;
  };

/** What the pump needs. */
export interface PumpOptions {
  readonly buffer: Pick<
    Buffer,
    "waitForRows" | "oldest" | "settle" | "refused" | "bury"
  >;
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly chance: Chance;
  /** `host:port` for the commands that alarms suggest; null where there is no broker. */
  readonly brokerAddress: string | null;
  /** Most rows in one send. Default 1000. */
  readonly batchRowsMax?: number;
  /** Most payload bytes in one send (one row at least). Default 512 KiB. */
  readonly batchBytesMax?: number;
  /** Most rows in memory. Default 10,000. */
  readonly memoryRowsMax?: number;
  /** How long the first rows after a pause wait for company, in ms. Default 20. */
  readonly lingerMs?: number;
  /** Told as things happen; must not throw. */
  readonly onEvent?: (event: PumpEvent) => void;
}

/** How a drain ended. */
export interface DrainResult {
  /** True if every row that was committed was taken or set aside. */
  readonly complete: boolean;
}

/** A pump. */
export interface Pump {
  readonly status: PumpStatus;
  /** `monotonicMs` of the last turn of the loop, for the watchdog. */
  readonly lastMoveMs: number;
  /**
   * Sends until `signal` aborts (then throws its reason, promptly even with a
   * send in flight) or a drain has ended.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Sends what is committed, then ends {@linkcode Pump.run}; after `limitMs`
   * it ends in any case. Topics on hold are not waited for.
   */
  drain(limitMs: number): Promise<DrainResult>;
}

/** Makes a pump; it moves once {@linkcode Pump.run} is called. */
export function createPump(_options: PumpOptions): Pump {
  throw new Error("not yet");
}
