/**
 * The little grammar of `simulate --fault`:
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

/** What goes wrong. */
export type PlayFault =
  /** With single requests. */
  | {
    readonly is: "answer";
    readonly fault: ServerFault;
    /** Of the requests, 0..1. */
    readonly share?: number;
    /** How often at most. */
    readonly times?: number;
  }
  /** With the address: so many clients at once, so many answers a connection, or none at all. */
  | { readonly is: "sessions"; readonly max: number }
  | { readonly is: "close-after"; readonly answers: number }
  | { readonly is: "offline" }
  /** With the registers: asleep; just awake; power up and down again in each period. */
  | { readonly is: "night" }
  | { readonly is: "wake-up" }
  | { readonly is: "ramp"; readonly periodMs: number };

/** A fault, and the device or the address that has it. */
export interface FaultOrder {
  /** Null = all. */
  readonly device: string | null;
  readonly what: PlayFault;
  /** As it was written. */
  readonly text: string;
}

/** What a fault is a fault of. */
type Subject = "answers" | "address" | "registers";

interface Form {
  readonly of: Subject;
  /** How it is written. */
  readonly form: string;
  readonly says: string;
  /** Makes it of the value ("" without one); undefined = the value will not do. */
  readonly make: (value: string) => PlayFault | undefined;
}

/** Between two pieces of a dribble. */
const DRIBBLE_PAUSE_MS = 20;

/** Every fault by its name, in the order of help. */
export const FAULT_FORMS: Readonly<Record<string, Form>> = {
  delay: {
    of: "answers",
    form: "delay=TIME",
    says: "answers late, such as delay=200ms",
    make: (value) => answer(timed(value, (delayMs) => ({ kind: "delay", delayMs }))),
  },
  silent: plain("silent", "does not answer"),
  drop: plain("drop", "closes the connection instead of answering"),
  "wrong-transaction": plain(
    "wrong-transaction",
    "answers with another transaction id",
  ),
  "wrong-unit": plain("wrong-unit", "answers in the name of another unit"),
  "wrong-function": plain("wrong-function", "answers with the other function code"),
  short: plain("short-answer", "answers with one register less", "short"),
  truncated: plain("truncated-frame", "keeps back the last byte", "truncated"),
  dribble: {
    of: "answers",
    form: "dribble=BYTES",
    says: `sends so many bytes each ${DRIBBLE_PAUSE_MS} ms`,
    make: (value) =>
      answer(counted(value, 255, (pieceBytes) => ({
        kind: "dribble",
        pieceBytes,
        pauseMs: DRIBBLE_PAUSE_MS,
      }))),
  },
  exception: {
    of: "answers",
    form: "exception=CODE",
    says: "answers with this Modbus exception, such as exception=4",
    make: (value) =>
      answer(counted(value, 255, (code) => ({ kind: "exception", code }))),
  },
  sessions: {
    of: "address",
    form: "sessions=N",
    says: "turns away clients beyond so many",
    make: (value) => counted(value, 1_000, (max) => ({ is: "sessions", max })),
  },
  "close-after": {
    of: "address",
    form: "close-after=N",
    says: "closes each connection after so many answers",
    make: (value) =>
      counted(value, 1_000_000, (answers) => ({ is: "close-after", answers })),
  },
  offline: bare("address", "offline", "nobody listens at the address"),
  night: bare("registers", "night", "inverters sleep: nothing measured, energies kept"),
  "wake-up": bare(
    "registers",
    "wake-up",
    "inverters woke just now: energies 0, no scale factors",
  ),
  ramp: {
    of: "registers",
    form: "ramp=TIME",
    says: "inverters' power goes to zero and back in each period",
    make: (value) => timed(value, (periodMs) => ({ is: "ramp", periodMs })),
  },
};

/** The faults of a subject in one sentence, for help. */
export function describeFaults(of: Subject): string {
  return Object.values(FAULT_FORMS).filter((form) => form.of === of)
    .map(({ form, says }) => `${form} (${says})`).join("; ");
}

/** How an order is written, for help and faults. */
export const ORDER_FORM = "[DEVICE:]FAULT[=VALUE][,SHARE%][,TIMESx]";

const ORDER = /^(?:([^:=,]+):)?([a-z-]+)(?:=([^,]*))?((?:,[^,]*)*)$/;

/** Reads an order. A fault says what is wanted instead. */
export function parseFaultOrder(text: string): Result<FaultOrder, string> {
  const [, device = null, name = "", value = "", rest = ""] = ORDER.exec(text) ?? [];
  if (name === "") return bad(`It must be written ${ORDER_FORM}.`);
  const form = Object.hasOwn(FAULT_FORMS, name) ? FAULT_FORMS[name] : undefined;
  if (form === undefined) {
    return bad(
      `There is no fault "${name}"; there are ${Object.keys(FAULT_FORMS).join(", ")}.`,
    );
  }
  const made = form.make(value);
  if (made === undefined) {
    const found = value === "" ? "no value" : `"${value}"`;
    return bad(`It must be written ${form.form}, not with ${found}.`);
  }
  let what = made;
  for (const limit of rest.split(",").slice(1)) {
    if (what.is !== "answer") {
      return bad(`"${name}" is there or not: it takes no "${limit}".`);
    }
    const bound = toBound(limit);
    if (bound === undefined) {
      return bad(
        `"${limit}" is neither a share of the requests, such as 10%, nor a number of times, such as 3x.`,
      );
    }
    what = { ...what, ...bound };
  }
  return good({ device, what, text });
}

function toBound(text: string): { share: number } | { times: number } | undefined {
  const [, percent, times] = /^(?:(\d{1,3}(?:\.\d+)?)%|(\d{1,9})x)$/.exec(text) ?? [];
  if (times !== undefined) {
    return Number(times) > 0 ? { times: Number(times) } : undefined;
  }
  const share = Number(percent) / 100; // NaN without one
  return share > 0 && share <= 1 ? { share } : undefined;
}

function answer(fault: ServerFault | undefined): PlayFault | undefined {
  return fault === undefined ? undefined : { is: "answer", fault };
}

/** A fault of answers that takes no value. */
function plain(
  kind: Exclude<ServerFault["kind"], "delay" | "dribble" | "exception">,
  says: string,
  form: string = kind,
): Form {
  return {
    ...{ of: "answers", form, says },
    make: (value) => value === "" ? answer({ kind }) : undefined,
  };
}

/** Any other fault that takes no value. */
function bare(of: Subject, is: "offline" | "night" | "wake-up", says: string): Form {
  return { of, form: is, says, make: (value) => value === "" ? { is } : undefined };
}

function timed<T>(value: string, make: (ms: number) => T): T | undefined {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 ? make(ms) : undefined;
}

function counted<T>(
  value: string,
  max: number,
  make: (count: number) => T,
): T | undefined {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return count > 0 && count <= max ? make(count) : undefined;
}
