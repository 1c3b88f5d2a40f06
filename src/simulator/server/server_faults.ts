/**
 * Faults that the simulated server shows on demand. They are data, so that a
 * test can list them; each counts how often it fired.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";

/** What the server does instead of answering properly. */
export type ServerFault =
  /** Answers properly, but only after `delayMs`; what follows on the connection waits too. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Does not answer. */
  | { readonly kind: "silent" }
  /** Closes the connection instead of answering. */
  | { readonly kind: "drop" }
  /** Answers with another transaction id. */
  | { readonly kind: "wrong-transaction" }
  /** Answers in the name of another unit. */
  | { readonly kind: "wrong-unit" }
  /** Answers with the other read function. */
  | { readonly kind: "wrong-function" }
  /** Sends a whole, consistent frame with one register less than asked. */
  | { readonly kind: "short-answer" }
  /** Sends fewer bytes than the header says, and leaves the connection open. */
  | { readonly kind: "truncated-frame" }
  /** Sends the answer in pieces of `pieceBytes`, `pauseMs` apart: slow, but right. */
  | { readonly kind: "dribble"; readonly pieceBytes: number; readonly pauseMs: number }
  /** Answers with this exception code. */
  | { readonly kind: "exception"; readonly code: number };

/** When a fault is shown. */
export interface FaultRule {
  readonly fault: ServerFault;
  /** Only for this unit; without it for all. */
  readonly unitId?: number;
  /** How often at most; without it until it is removed. */
  readonly times?: number;
  /** Only for requests that touch this register. */
  readonly touching?: number;
  /** Only for this share of those requests, by chance, 0..1. */
  readonly share?: number;
}

/** A rule that is in force until removed or used up. */
export interface InjectedFault {
  /** How often it fired. */
  readonly fired: number;
  /** Takes it back; idempotent. */
  remove(): void;
}

/** The rules in force at a server. */
export interface FaultBoard {
  inject(rule: FaultRule): InjectedFault;
  /** The fault for a request, counted as fired; the oldest rule that applies wins. */
  draw(
    request: {
      readonly unitId: number;
      readonly address: number;
      readonly count: number;
    },
  ): ServerFault | undefined;
}

/** The same requests meet the same faults. */
const SEED = 1;

/** Makes an empty board. */
export function createFaultBoard(): FaultBoard {
  const chance = createSeededRandom(SEED);
  const rules = new Map<FaultRule, { fired: number }>();
  return {
    inject(given) {
      const rule = { ...given }; // the same rule may be injected twice
      const count = { fired: 0 };
      rules.set(rule, count);
      return {
        get fired() {
          return count.fired;
        },
        remove: () => void rules.delete(rule),
      };
    },
    draw({ unitId, address, count: asked }) {
      for (const [rule, count] of rules) {
        if (rule.unitId !== undefined && rule.unitId !== unitId) continue;
        const { touching } = rule;
        if (
          touching !== undefined && (touching < address || touching >= address + asked)
        ) {
          continue;
        }
        if (rule.share !== undefined && chance.next() >= rule.share) continue;
        count.fired++;
        if (count.fired >= (rule.times ?? Infinity)) rules.delete(rule);
        return rule.fault;
      }
      return undefined;
    },
  };
}
