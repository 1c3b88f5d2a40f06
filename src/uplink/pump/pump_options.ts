/**
 * The options of a pump.
 *
 * @module
 */

import type { Random } from "../../base/random.ts";
import type { Clock } from "../../base/clock.ts";
import type { Buffer, StoredRow } from "../../buffer/buffer.ts";
import type { PumpEvent } from "./pump_status.ts";
import type { Uplink } from "../uplink.ts";

/** The part of the buffer that a pump uses. */
export type PumpBuffer = Pick<
  Buffer,
  | "waitForRows"
  | "oldest"
  | "hold"
  | "release"
  | "releaseUnsent"
  | "acknowledge"
  | "reject"
  | "deadLetter"
>;

/** Dependencies and limits of the pump. */
export interface PumpOptions {
  readonly buffer: PumpBuffer;
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly random: Random;
  /** `host:port` for the commands in alarms; null if the uplink has no broker. */
  readonly brokerAddress: string | null;
  /** Maximum number of rows in one send. Default 1000. */
  readonly batchRowsMax?: number;
  /** Maximum number of payload bytes in one send (one row at least). Default 512 KiB. */
  readonly batchBytesMax?: number;
  /** Maximum number of rows in memory. Default 10,000. */
  readonly memoryRowsMax?: number;
  /** Delay after the first new rows, so that more rows join the batch, in ms. Default 20. */
  readonly lingerMs?: number;
  /** Called after each delivered batch with the duration of its send; must not throw. */
  readonly onDelivered?: (batch: readonly StoredRow[], durationMs: number) => void;
  /** Called for each event; must not throw. */
  readonly onEvent?: (event: PumpEvent) => void;
}
