/**
 * The agent's sender, with its measurements and log events.
 *
 * @module
 */

import type { Buffer } from "../buffer/buffer.ts";
import { logPumpEvent } from "../uplink/pump/pump_log.ts";
import { createSender, type Sender } from "../uplink/sender.ts";
import type { AgentOptions } from "./agent_types.ts";

/** Creates the sender; null = nothing is sent. */
export function createAgentSender(
  { clock, random, log, measurements, createDestination }: AgentOptions,
  buffer: Buffer,
): Sender | null {
  const destination = createDestination(buffer);
  if (destination === null) return null;
  return createSender({
    buffer,
    clock,
    random,
    destination,
    onDelivered: (batch, durationMs) => {
      measurements.sendSeconds.add(durationMs / 1_000);
      const nowMs = clock.wallMs();
      for (const { createdAtMs } of batch) {
        measurements.deliveredAgeSeconds.add(Math.max(0, nowMs - createdAtMs) / 1_000);
      }
    },
    onEvent: (uplink, event) => logPumpEvent(log, uplink, event),
  });
}
