/**
 * The uplink that is in use with the pump that feeds it, and how both are
 * exchanged for others while the agent runs.
 *
 * @module
 */

import { createPump, type Pump, type PumpEvent, type PumpStatus } from "./pump/pump.ts";
import type { PumpOptions } from "./pump/pump_options.ts";
import type { Uplink } from "./uplink.ts";

/** A far side, and how it is sent to. */
export interface FarSide
  extends Pick<PumpOptions, "brokerAddress" | "batchRowsMax" | "lingerMs"> {
  /** Owned by the sender from then on. */
  readonly uplink: Uplink;
}

/** What the sender needs. */
export interface SenderOptions
  extends Pick<PumpOptions, "buffer" | "clock" | "chance" | "onTaken"> {
  readonly farSide: FarSide;
  /** Told as things happen, with the uplink's name; must not throw. */
  readonly onEvent: (uplink: string, event: PumpEvent) => void;
}

/** Sends what the buffer has; its counts outlive an exchange. */
export interface Sender extends Pick<Pump, "status" | "lastMoveMs" | "run" | "drain"> {
  /** The far side in use. */
  readonly name: string;
  /**
   * Sends to another far side from now on. The send that is under way gets its
   * verdict first, then the old uplink is closed, then `make` is called: no row
   * is sent to both unless the old one left it open whether it took it.
   *
   * @throws what `make` throws, as {@linkcode Sender.run} does then; an error if
   * nothing runs any more.
   */
  exchange(make: () => FarSide): Promise<void>;
  /** Closes the uplink. */
  close(): Promise<void>;
}

/** Makes a sender; it moves once {@linkcode Sender.run} is called. */
export function createSender(options: SenderOptions): Sender {
  let current = begin(options, options.farSide);
  let before: PumpStatus | null = null;
  let pending: Exchange | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await current.pump.run(signal);
        const exchange = pending;
        if (exchange === undefined) return;
        await current.uplink.close();
        for (const alarm of current.pump.status.alarms) {
          options.onEvent(current.uplink.name, { is: "alarm_cleared", alarm });
        }
        before = add(before, current.pump.status);
        current = begin(options, exchange.make());
        pending = undefined;
        exchange.done();
      }
    } finally {
      pending?.fail(new Error("Cannot exchange the uplink: nothing is sent any more"));
    }
  }

  return {
    get name() {
      return current.uplink.name;
    },
    get status() {
      return add(before, current.pump.status);
    },
    get lastMoveMs() {
      return current.pump.lastMoveMs;
    },
    run,
    drain: (limitMs) => current.pump.drain(limitMs),
    exchange(make) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      pending = { make, done: resolve, fail: reject };
      current.pump.leave();
      return promise;
    },
    close: () => current.uplink.close(),
  };
}

/** An exchange that waits for the send under way. */
interface Exchange {
  make(): FarSide;
  done(): void;
  fail(error: Error): void;
}

function begin(
  { buffer, clock, chance, onTaken, onEvent }: SenderOptions,
  { uplink, ...how }: FarSide,
): { readonly pump: Pump; readonly uplink: Uplink } {
  const pump = createPump({
    ...how,
    buffer,
    uplink,
    clock,
    chance,
    ...(onTaken === undefined ? {} : { onTaken }),
    onEvent: (event) => onEvent(uplink.name, event),
  });
  return { pump, uplink };
}

/** The status now, with the counts of the pumps before. */
function add(before: PumpStatus | null, now: PumpStatus): PumpStatus {
  if (before === null) return now;
  return {
    ...now,
    batchesDelivered: before.batchesDelivered + now.batchesDelivered,
    rowsDelivered: before.rowsDelivered + now.rowsDelivered,
    bytesDelivered: before.bytesDelivered + now.bytesDelivered,
    lastAckMs: now.lastAckMs ?? before.lastAckMs,
    retries: before.retries + now.retries,
    rowsBuried: before.rowsBuried + now.rowsBuried,
  };
}
