/**
 * The syntax of `simulate --fault`:
 *
 * ```text
 * [DEVICE:]FAULT[=VALUE][,SHARE%][,TIMESx]      inverter-1:exception=4,10%
 * ```
 *
 * Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { parseDuration } from "../../config/schema/quantity.ts";
import type { ServerFault } from "../../simulator/server/server_faults.ts";

/** A fault to simulate. */
export type SimulatedFault =
  /** A fault that affects single responses. */
  | {
    readonly kind: "response";
    readonly fault: ServerFault;
    /** Share of the requests that are affected, 0..1; default: all. */
    readonly share?: number;
    /** Maximum number of affected requests; default: no limit. */
    readonly times?: number;
  }
  /** Connection faults: limited connections, limited responses per connection, or offline. */
  | { readonly kind: "sessions"; readonly max: number }
  | { readonly kind: "close-after"; readonly responses: number }
  | { readonly kind: "offline" }
  /** Register value faults: inverters asleep, just woken up, or with power that ramps down and up. */
  | { readonly kind: "night" }
  | { readonly kind: "wake-up" }
  | { readonly kind: "ramp"; readonly periodMs: number };

/** A fault and the device or address that it applies to. */
export interface FaultSpec {
  /** Name of a device or address; null = all devices. */
  readonly device: string | null;
  readonly fault: SimulatedFault;
  /** The text of the option. */
  readonly text: string;
}

/** What a fault affects. */
type FaultTarget = "responses" | "address" | "registers";

interface FaultKind {
  readonly target: FaultTarget;
  readonly syntax: string;
  readonly help: string;
  /** Parses the value ("" if there is none); undefined if it is invalid. */
  readonly parse: (value: string) => SimulatedFault | undefined;
}

/** Pause between two pieces of a response of the fault `dribble`. */
const DRIBBLE_PAUSE_MS = 20;

/** All faults by name, in the order of help. */
export const FAULT_KINDS: Readonly<Record<string, FaultKind>> = {
  delay: {
    target: "responses",
    syntax: "delay=TIME",
    help: "responds late, for example delay=200ms",
    parse: (value) =>
      responseFault(withDuration(value, (delayMs) => ({ kind: "delay", delayMs }))),
  },
  silent: plainResponseFault("silent", "does not respond"),
  drop: plainResponseFault("drop", "closes the connection instead of responding"),
  "wrong-transaction": plainResponseFault(
    "wrong-transaction",
    "responds with a wrong transaction id",
  ),
  "wrong-unit": plainResponseFault(
    "wrong-unit",
    "responds with the id of another unit",
  ),
  "wrong-function": plainResponseFault(
    "wrong-function",
    "responds with the other function code",
  ),
  short: plainResponseFault("short-answer", "responds with one register less", "short"),
  truncated: plainResponseFault("truncated-frame", "omits the last byte", "truncated"),
  dribble: {
    target: "responses",
    syntax: "dribble=BYTES",
    help: `sends this number of bytes every ${DRIBBLE_PAUSE_MS} ms`,
    parse: (value) =>
      responseFault(withCount(value, 255, (pieceBytes) => ({
        kind: "dribble",
        pieceBytes,
        pauseMs: DRIBBLE_PAUSE_MS,
      }))),
  },
  exception: {
    target: "responses",
    syntax: "exception=CODE",
    help: "responds with this Modbus exception, for example exception=4",
    parse: (value) =>
      responseFault(withCount(value, 255, (code) => ({ kind: "exception", code }))),
  },
  sessions: {
    target: "address",
    syntax: "sessions=N",
    help: "accepts at most this number of connections",
    parse: (value) => withCount(value, 1_000, (max) => ({ kind: "sessions", max })),
  },
  "close-after": {
    target: "address",
    syntax: "close-after=N",
    help: "closes each connection after this number of responses",
    parse: (value) =>
      withCount(value, 1_000_000, (responses) => ({ kind: "close-after", responses })),
  },
  offline: plainFault("address", "offline", "does not listen"),
  night: plainFault(
    "registers",
    "night",
    "inverters are asleep: no measurements, constant energy counters",
  ),
  "wake-up": plainFault(
    "registers",
    "wake-up",
    "inverters have just woken up: energy counters are 0 and scale factors are not implemented",
  ),
  ramp: {
    target: "registers",
    syntax: "ramp=TIME",
    help: "the power of inverters falls to zero and rises again in each period",
    parse: (value) => withDuration(value, (periodMs) => ({ kind: "ramp", periodMs })),
  },
};

/** Lists the faults that affect a target, for help. */
export function describeFaults(target: FaultTarget): string {
  return Object.values(FAULT_KINDS).filter((kind) => kind.target === target)
    .map(({ syntax, help }) => `${syntax} (${help})`).join("; ");
}

/** The syntax, for help and error messages. */
export const FAULT_SYNTAX = "[DEVICE:]FAULT[=VALUE][,SHARE%][,TIMESx]";

const SPEC = /^(?:([^:=,]+):)?([a-z-]+)(?:=([^,]*))?((?:,[^,]*)*)$/;

/** Parses the text of an option; the fault states what was expected. */
export function parseFaultSpec(text: string): Result<FaultSpec, string> {
  const [, device = null, name = "", value = "", rest = ""] = SPEC.exec(text) ?? [];
  if (name === "") return bad(`Expected ${FAULT_SYNTAX}.`);
  const kind = Object.hasOwn(FAULT_KINDS, name) ? FAULT_KINDS[name] : undefined;
  if (kind === undefined) {
    return bad(
      `Unknown fault "${name}". Faults: ${Object.keys(FAULT_KINDS).join(", ")}.`,
    );
  }
  const parsed = kind.parse(value);
  if (parsed === undefined) {
    const found = value === "" ? "no value" : `"${value}"`;
    return bad(`Expected ${kind.syntax}, found ${found}.`);
  }
  let fault = parsed;
  for (const limit of rest.split(",").slice(1)) {
    if (fault.kind !== "response") {
      return bad(`"${name}" cannot be limited by "${limit}".`);
    }
    const bounds = parseLimit(limit);
    if (bounds === undefined) {
      return bad(
        `Expected a share of the requests, such as 10%, or a number of requests, such as 3x; found "${limit}".`,
      );
    }
    fault = { ...fault, ...bounds };
  }
  return good({ device, fault, text });
}

function parseLimit(text: string): { share: number } | { times: number } | undefined {
  const [, percent, times] = /^(?:(\d{1,3}(?:\.\d+)?)%|(\d{1,9})x)$/.exec(text) ?? [];
  if (times !== undefined) {
    return Number(times) > 0 ? { times: Number(times) } : undefined;
  }
  const share = Number(percent) / 100; // NaN without one
  return share > 0 && share <= 1 ? { share } : undefined;
}

function responseFault(fault: ServerFault | undefined): SimulatedFault | undefined {
  return fault === undefined ? undefined : { kind: "response", fault };
}

/** A response fault without a value. */
function plainResponseFault(
  kind: Exclude<ServerFault["kind"], "delay" | "dribble" | "exception">,
  help: string,
  syntax: string = kind,
): FaultKind {
  const parse = (value: string): SimulatedFault | undefined =>
    value === "" ? responseFault({ kind }) : undefined;
  return { target: "responses", syntax, help, parse };
}

/** Another fault without a value. */
function plainFault(
  target: FaultTarget,
  kind: "offline" | "night" | "wake-up",
  help: string,
): FaultKind {
  const parse = (value: string): SimulatedFault | undefined =>
    value === "" ? { kind } : undefined;
  return { target, syntax: kind, help, parse };
}

function withDuration<T>(value: string, make: (ms: number) => T): T | undefined {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 ? make(ms) : undefined;
}

function withCount<T>(
  value: string,
  max: number,
  make: (count: number) => T,
): T | undefined {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return count > 0 && count <= max ? make(count) : undefined;
}
