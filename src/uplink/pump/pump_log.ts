/**
 * Writes the events of the pump to the log.
 *
 * @module
 */

import type { Log } from "../../base/log.ts";
import { describeSendFailure } from "../uplink.ts";
import type { PumpEvent } from "./pump.ts";

/** Writes one event; `uplink` is the name of the destination. */
export function logPumpEvent(log: Log, uplink: string, event: PumpEvent): void {
  switch (event.kind) {
    case "alarm_raised":
      return log.event("uplink.hold", {
        topic: event.alarm.topic ?? "all",
        alarm: event.alarm.text,
      });
    case "alarm_cleared":
      return log.event("uplink.released", { topic: event.alarm.topic ?? "all" });
    case "failing":
      return log.event("uplink.down", {
        uplink,
        detail: describeSendFailure(event),
        rows: event.rows,
      });
    case "recovered":
      return log.event("uplink.up", { uplink, failures: event.failures });
    case "dead_lettered":
      return log.event("uplink.refused", {
        topic: event.topic,
        reason: event.reason,
        row: event.id,
      });
  }
}
