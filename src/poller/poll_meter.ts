/**
 * What the poller has measured: how long polls took, and what went wrong by
 * kind. The wiring (`app.ts`) hands it in.
 *
 * @module
 */

import type { DiscoveryFault } from "../discovery/probe.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import type { SampleFault } from "./sample.ts";

/** Takes measurements. It must not wait. */
export interface PollMeter {
  /** A poll answered; from its first request to its last answer it took so long, in ms. */
  answered(durationMs: number): void;
  /** A connect, a discovery or a poll failed. */
  failed(kind: FailureKind): void;
}

/** A meter that forgets. */
export const SILENT_METER: PollMeter = { answered() {}, failed() {} };

/** What can go wrong, as a closed list of short names. */
export const FAILURE_KINDS = [
  /** No TCP connection. */
  "refused",
  "connect_timeout",
  "no_route",
  "unknown_host",
  "reset",
  "unreachable",
  /** There was one, and then: */
  "no_answer",
  "closed",
  "exception",
  "protocol",
  /** The unit is not what is looked for. */
  "no_unit",
  "no_sunspec",
  "no_models",
  "unnamed",
  "layout_changed",
] as const;

/** One of {@linkcode FAILURE_KINDS}. */
export type FailureKind = typeof FAILURE_KINDS[number];

/** The kind of a discovery that found nothing. */
export function kindOfDiscovery(fault: DiscoveryFault): FailureKind {
  switch (fault.kind) {
    case "unreachable":
      return kindOfModbus(fault.fault);
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

/** The kind of a poll that gave nothing. */
export function kindOfSample(fault: SampleFault): FailureKind {
  return fault.kind === "layout-changed" ? "layout_changed" : kindOfModbus(fault.fault);
}

function kindOfModbus(fault: ModbusFault): FailureKind {
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
