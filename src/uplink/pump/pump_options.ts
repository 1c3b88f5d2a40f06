/**
 * What a pump is made of.
 *
 * @module
 */

import type { Random } from "../../base/random.ts";
import type { Clock } from "../../base/clock.ts";
import type { Buffer, StoredRow } from "../../buffer/buffer.ts";
import type { PumpEvent } from "./pump_status.ts";
import type { Uplink } from "../uplink.ts";

/** What the pump needs. */
export interface PumpOptions {
  readonly buffer: Pick<
    Buffer,
    "waitForRows" | "oldest" | "settle" | "refused" | "bury"
  >;
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly chance: Random;
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
  /** Told of each batch that the far side took, and how long that took; must not throw. */
  readonly onTaken?: (batch: readonly StoredRow[], durationMs: number) => void;
  /** Told as things happen; must not throw. */
  readonly onEvent?: (event: PumpEvent) => void;
}
