/**
 * The faults of Modbus requests.
 *
 * @module
 */

/** Why a Modbus request has no response. */
export type ModbusFault =
  /** There is no TCP connection; the request was not sent. */
  | {
    readonly kind: "unreachable";
    readonly address: string;
    readonly why: UnreachableReason;
  }
  /** The device did not answer in time; it may still answer. The connection was closed. */
  | { readonly kind: "timeout"; readonly elapsedMs: number }
  /** The device answered with an exception. The connection remains usable. */
  | { readonly kind: "exception"; readonly code: number }
  /** The bytes are not a Modbus response to this request. The connection was closed. */
  | { readonly kind: "protocol"; readonly detail: string }
  /** The connection was closed before the response was complete. */
  | { readonly kind: "closed"; readonly detail: string };

/** Why there is no connection. */
export type UnreachableReason =
  | "refused"
  | "timeout"
  | "no-route"
  | "unknown-host"
  | "reset"
  | "other";

/** The exception codes that the program evaluates (Modbus Application Protocol 1.1b3, 7). */
export const EXCEPTION = {
  illegalFunction: 0x01,
  illegalDataAddress: 0x02,
  illegalDataValue: 0x03,
  deviceFailure: 0x04,
  deviceBusy: 0x06,
  gatewayPathUnavailable: 0x0a,
  gatewayTargetFailedToRespond: 0x0b,
} as const;

/**
 * Describes a fault in one line.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { describeFault } from "./faults.ts";
 *
 * strictEqual(describeFault({ kind: "exception", code: 2 }), "exception 0x02");
 * ```
 */
export function describeFault(fault: ModbusFault): string {
  switch (fault.kind) {
    case "unreachable":
      return `${fault.address} is unreachable (${fault.why})`;
    case "timeout":
      return `no response after ${Math.round(fault.elapsedMs)} ms`;
    case "exception":
      return `exception 0x${fault.code.toString(16).padStart(2, "0").toUpperCase()}`;
    case "protocol":
      return `not a Modbus response to this request: ${fault.detail}`;
    case "closed":
      return `connection closed: ${fault.detail}`;
  }
}
