/**
 * Everything that can go wrong between asking a device for registers and
 * getting them. Callers switch on `kind`.
 *
 * @module
 */

/** Why a Modbus request has no answer. */
export type ModbusFault =
  /** No TCP connection; nothing was asked. */
  | {
    readonly kind: "unreachable";
    readonly address: string;
    readonly why: UnreachableReason;
  }
  /** The device did not answer in time; it may still do so. The connection was closed. */
  | { readonly kind: "timeout"; readonly elapsedMs: number }
  /** The device answered: no. The connection is healthy. */
  | { readonly kind: "exception"; readonly code: number }
  /** The bytes are not Modbus, or not ours. The connection was closed. */
  | { readonly kind: "protocol"; readonly detail: string }
  /** The connection ended while the request was under way. */
  | { readonly kind: "closed"; readonly detail: string };

/** Why there is no connection. */
export type UnreachableReason =
  | "refused"
  | "timeout"
  | "no-route"
  | "unknown-host"
  | "reset"
  | "other";

/** Modbus exception codes that matter here (Modbus Application Protocol 1.1b3, section 7). */
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
 * Says in words what happened.
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
      return `no answer after ${Math.round(fault.elapsedMs)} ms`;
    case "exception":
      return `exception 0x${fault.code.toString(16).padStart(2, "0").toUpperCase()}`;
    case "protocol":
      return `not a Modbus answer to this request: ${fault.detail}`;
    case "closed":
      return `connection closed: ${fault.detail}`;
  }
}
