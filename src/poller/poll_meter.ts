/**
 * Measurements of the poller: the duration of polls, and failures by kind.
 *
 * @module
 */

import type { DiscoveryFault } from "../discovery/probe.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import type { PollFault } from "./read_registers.ts";

/** Receives measurements. It must not wait. */
export interface PollMeter {
  /** A poll succeeded. `durationMs` is the time from its first request to its last response. */
  answered(durationMs: number): void;
  /** A connect, a discovery or a poll failed. */
  failed(kind: FailureKind): void;
}

/** A meter that discards its measurements. */
export const SILENT_METER: PollMeter = { answered() {}, failed() {} };

/** The kinds of failures. */
export const FAILURE_KINDS = [
  /** No TCP connection. */
  "refused",
  "connect_timeout",
  "no_route",
  "unknown_host",
  "reset",
  "unreachable",
  /** Connected, and then: */
  "no_answer",
  "closed",
  "exception",
  "protocol",
  /** The unit is not a SunSpec device that can be polled, or no longer the same. */
  "no_unit",
  "no_sunspec",
  "no_models",
  "unnamed",
  "layout_changed",
] as const;

/** One of {@linkcode FAILURE_KINDS}. */
export type FailureKind = typeof FAILURE_KINDS[number];

/** The kind of a failed discovery. */
export function discoveryFailureKind(fault: DiscoveryFault): FailureKind {
  switch (fault.kind) {
    case "unreachable":
      return modbusFailureKind(fault.fault);
    case "no-answer":
      return "no_answer";
    case "no-unit":
      return "no_unit";
    case "not-modbus":
      return "protocol";
    case "no-sunspec":
      return "no_sunspec";
    case "no-models":
      return "no_models";
  }
}

/** The kind of a failed poll. */
export function pollFailureKind(fault: PollFault): FailureKind {
  return fault.kind === "layout-changed"
    ? "layout_changed"
    : modbusFailureKind(fault.fault);
}

function modbusFailureKind(fault: ModbusFault): FailureKind {
  switch (fault.kind) {
    case "unreachable":
      switch (fault.why) {
        case "timeout":
          return "connect_timeout";
        case "no-route":
          return "no_route";
        case "unknown-host":
          return "unknown_host";
        case "other":
          return "unreachable";
        default:
          return fault.why;
      }
    case "timeout":
      return "no_answer";
    case "exception":
    case "protocol":
    case "closed":
      return fault.kind;
  }
}
