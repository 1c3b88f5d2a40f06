/**
 * The log lines of one device: repeated events are rate limited, and each oddity, flag
 * reason and set of quirks is logged once.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log, LogEvents, LogFields } from "../base/log.ts";
import { listQuirks, type QuirkLayers } from "../device/quirks.ts";
import type { DeviceState } from "./device_state.ts";
import { createLogRateLimiter, LOG_INTERVAL_MS } from "./log_rate_limiter.ts";

/** Log events that a device may repeat; they are rate limited. */
export type RepeatedEvent = "device.failed" | "device.overrun" | "device.changed";

/** Writes the log lines of one device. */
export interface DeviceLog {
  /** Logs a state; `cause` explains why the device is offline or quarantined. */
  logState(state: DeviceState, cause: string | null): void;
  /** Logs an event, at a limited rate: see `log_rate_limiter.ts`. */
  reportEvent<N extends RepeatedEvent>(
    name: N,
    fields: Omit<LogEvents[N], "device"> & LogFields,
  ): void;
  /** Writes the log lines that have become due; to be called about once per second. */
  flushLog(): void;
  /** Logs the layout, at most once per minute. */
  logDiscovery(base: number, models: readonly number[]): void;
  /** Logs which models came and went, at most once per minute. */
  logLayoutChange(change: Omit<LogEvents["device.layout_changed"], "device">): void;
  /** Logs the quirks that are not configured, if they have changed. */
  logQuirks(quirks: QuirkLayers): void;
  /** Logs why a model or a part is left out, each reason once. */
  logSkipped(reason: string): void;
  /** Logs the flags on records, each reason once. */
  logFlags(flags: readonly string[]): void;
}

/** Creates the log of a device. `labelOf` returns the name that its lines carry. */
export function createDeviceLog(
  labelOf: () => string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): DeviceLog {
  const lines = createLogRateLimiter<(unlogged: number) => void>({
    nowMs: () => clock.monotonicMs(),
    write: (line, unlogged) => line(unlogged),
  });
  const logged = { flags: new Set<string>(), skipped: new Set<string>(), quirks: "" };
  const lastMs = new Map<string, number>();

  /** Whether an event was not logged within the last minute. */
  function isMinuteFree(name: string): boolean {
    const nowMs = clock.monotonicMs();
    if (nowMs - (lastMs.get(name) ?? -Infinity) < LOG_INTERVAL_MS) return false;
    lastMs.set(name, nowMs);
    return true;
  }

  return {
    logState: (state, cause) => logState(state, cause, labelOf, lines.reportState, log),
    reportEvent(name, fields) {
      lines.reportEvent((unlogged) => {
        const line: LogFields = { ...fields, device: labelOf(), unlogged };
        log.event(name, line as LogEvents[typeof name] & LogFields);
      });
    },
    flushLog: () => lines.flush(),
    logDiscovery(base, models) {
      if (!isMinuteFree("device.discovered")) return;
      log.event("device.discovered", { device: labelOf(), base, models });
    },
    logLayoutChange(change) {
      if (!isMinuteFree("device.layout_changed")) return;
      log.event("device.layout_changed", { device: labelOf(), ...change });
    },
    logQuirks(quirks) {
      const current = listQuirks(quirks)
        .filter(({ source }) => source !== "device")
        .map(({ name, value, source }) => `${name} = ${value} (${source})`).join(", ");
      if (current !== logged.quirks && current !== "") {
        log.event("device.quirks", { device: labelOf(), quirks: current });
      }
      logged.quirks = current;
    },
    logSkipped(reason) {
      if (logged.skipped.has(reason)) return;
      logged.skipped.add(reason);
      log.event("device.oddity", { device: labelOf(), oddity: reason });
    },
    logFlags(flags) {
      for (const flag of flags) {
        const at = flag.lastIndexOf(":");
        const reason = flag.slice(at + 1);
        if (logged.flags.has(reason)) continue;
        logged.flags.add(reason);
        const field = flag.slice(0, at);
        log.event("device.flagged", { device: labelOf(), field, reason });
      }
    },
  };
}

function logState(
  state: DeviceState,
  cause: string | null,
  labelOf: () => string,
  report: (name: string, line: (unlogged: number) => void) => void,
  log: Log,
): void {
  switch (state) {
    case "connecting":
      return;
    case "offline":
      return report(
        state,
        (unlogged) =>
          log.event("device.offline", {
            device: labelOf(),
            cause: cause ?? "",
            unlogged,
          }),
      );
    case "quarantined":
      // A bug, and rare: logged without a rate limit.
      return log.event("device.quarantined", { device: labelOf(), error: cause ?? "" });
    default: {
      const name = `device.${state}` as const;
      report(state, (unlogged) => log.event(name, { device: labelOf(), unlogged }));
    }
  }
}
