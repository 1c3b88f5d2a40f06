/**
 * The uplink in use with its pump, and the switch to another uplink while the agent
 * runs.
 *
 * @module
 */

import { createPump, type Pump, type PumpEvent, type PumpStatus } from "./pump/pump.ts";
import type { PumpOptions } from "./pump/pump_options.ts";
import type { Uplink } from "./uplink.ts";

/** An uplink and how its pump is configured. */
export interface Destination
  extends Pick<PumpOptions, "brokerAddress" | "batchRowsMax" | "lingerMs"> {
  /** The sender closes it. */
  readonly uplink: Uplink;
}

/** Dependencies of the sender. */
export interface SenderOptions
  extends Pick<PumpOptions, "buffer" | "clock" | "random" | "onDelivered"> {
  readonly destination: Destination;
  /** Called for each event with the name of the uplink; must not throw. */
  readonly onEvent: (uplink: string, event: PumpEvent) => void;
}

/** Sends the rows of the buffer; its counters continue after a switch. */
export interface Sender extends Pick<Pump, "status" | "lastMoveMs" | "run" | "drain"> {
  /** Name of the uplink in use. */
  readonly name: string;
  /**
   * Switches to another destination: waits for the result of the current send, closes
   * the old uplink, then calls `create`. A row is sent to both only if the old uplink
   * gave no answer for it.
   *
   * @throws the error of `create`, which {@linkcode Sender.run} then throws too; an
   * error if the sender has stopped.
   */
  switchTo(create: () => Destination): Promise<void>;
  /** Closes the uplink. */
  close(): Promise<void>;
}

/** Creates a sender; {@linkcode Sender.run} starts it. */
export function createSender(options: SenderOptions): Sender {
  let current = createPumpFor(options, options.destination);
  let previous: PumpStatus | null = null;
  let pending: Switch | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await current.pump.run(signal);
        const next = pending;
        if (next === undefined) return;
        await current.uplink.close();
        for (const alarm of current.pump.status.alarms) {
          options.onEvent(current.uplink.name, { kind: "alarm_cleared", alarm });
        }
        previous = add(previous, current.pump.status);
        current = createPumpFor(options, next.create());
        pending = undefined;
        next.done();
      }
    } finally {
      pending?.fail(new Error("Cannot switch the uplink: the sender has stopped"));
    }
  }

  return {
    get name() {
      return current.uplink.name;
    },
    get status() {
      return add(previous, current.pump.status);
    },
    get lastMoveMs() {
      return current.pump.lastMoveMs;
    },
    run,
    drain: (limitMs) => current.pump.drain(limitMs),
    switchTo(create) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      pending = { create, done: resolve, fail: reject };
      current.pump.leave();
      return promise;
    },
    close: () => current.uplink.close(),
  };
}

/** A switch that waits for the current send. */
interface Switch {
  create(): Destination;
  done(): void;
  fail(error: Error): void;
}

function createPumpFor(
  { buffer, clock, random, onDelivered, onEvent }: SenderOptions,
  { uplink, ...settings }: Destination,
): { readonly pump: Pump; readonly uplink: Uplink } {
  const pump = createPump({
    ...settings,
    buffer,
    uplink,
    clock,
    random,
    ...(onDelivered === undefined ? {} : { onDelivered }),
    onEvent: (event) => onEvent(uplink.name, event),
  });
  return { pump, uplink };
}

/** The current status, with the counters of the previous pumps added. */
function add(previous: PumpStatus | null, now: PumpStatus): PumpStatus {
  if (previous === null) return now;
  return {
    ...now,
    batchesDelivered: previous.batchesDelivered + now.batchesDelivered,
    rowsDelivered: previous.rowsDelivered + now.rowsDelivered,
    bytesDelivered: previous.bytesDelivered + now.bytesDelivered,
    lastAckMs: now.lastAckMs ?? previous.lastAckMs,
    retries: previous.retries + now.retries,
    rowsDeadLettered: previous.rowsDeadLettered + now.rowsDeadLettered,
  };
}
