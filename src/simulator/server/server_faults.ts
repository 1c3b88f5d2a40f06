/**
 * Faults of the simulated server on demand. They are data, so that a test can list
 * them; each counts how often it fired. Pure.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";

/** What the server does instead of a correct response. */
export type ServerFault =
  /** Responds correctly after `delayMs`; later requests of the connection wait. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Does not respond. */
  | { readonly kind: "silent" }
  /** Closes the connection. */
  | { readonly kind: "drop" }
  /** Responds with another transaction id. */
  | { readonly kind: "wrong-transaction" }
  /** Responds with another unit id. */
  | { readonly kind: "wrong-unit" }
  /** Responds with the other read function code. */
  | { readonly kind: "wrong-function" }
  /** Sends a complete, consistent frame with one register less than requested. */
  | { readonly kind: "short-answer" }
  /** Sends one byte less than the header states and keeps the connection open. */
  | { readonly kind: "truncated-frame" }
  /** Sends a correct response in pieces of `pieceBytes`, `pauseMs` apart. */
  | { readonly kind: "dribble"; readonly pieceBytes: number; readonly pauseMs: number }
  /** Responds with this exception code. */
  | { readonly kind: "exception"; readonly code: number };

/** When a fault fires. */
export interface FaultRule {
  readonly fault: ServerFault;
  /** Only for this unit; default: all units. */
  readonly unitId?: number;
  /** How often it fires; default: until it is removed. */
  readonly times?: number;
  /** Only for requests that include this register. */
  readonly touching?: number;
  /** Probability that it fires for such a request, 0..1; default 1. */
  readonly share?: number;
}

/** A rule in effect. */
export interface InjectedFault {
  /** How often it fired. */
  readonly fired: number;
  /** Removes the rule; idempotent. */
  remove(): void;
}

/** The fault rules of a server. */
export interface FaultInjector {
  inject(rule: FaultRule): InjectedFault;
  /** The fault for a request, counted as fired; the oldest matching rule wins. */
  take(
    request: {
      readonly unitId: number;
      readonly address: number;
      readonly count: number;
    },
  ): ServerFault | undefined;
}

/** Fixed, so that the same requests get the same faults. */
const SEED = 1;

/** Creates an injector without rules. */
export function createFaultInjector(): FaultInjector {
  const random = createSeededRandom(SEED);
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
    take({ unitId, address, count: requested }) {
      for (const [rule, count] of rules) {
        if (rule.unitId !== undefined && rule.unitId !== unitId) continue;
        const { touching } = rule;
        if (
          touching !== undefined &&
          (touching < address || touching >= address + requested)
        ) {
          continue;
        }
        if (rule.share !== undefined && random.next() >= rule.share) continue;
        count.fired++;
        if (count.fired >= (rule.times ?? Infinity)) rules.delete(rule);
        return rule.fault;
      }
      return undefined;
    },
  };
}
