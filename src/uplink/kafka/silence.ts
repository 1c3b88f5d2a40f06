/**
 * The time limit of work with a broker: it applies to each step and not to the whole,
 * because over a satellite link the steps before a send take longer than the send.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { raceTasks } from "../pump/wait.ts";

/**
 * A send with all its steps (connections, TLS, SASL, metadata) may take this many
 * message timeouts, as long as the broker sends something within each.
 */
export const STEPS_MAX = 8;

/** How work with a broker ended. */
export type WorkEnd =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: unknown }
  /** The broker sent nothing for the time limit. */
  | { readonly kind: "silent" };

/**
 * Runs `work` until the broker is silent for `timeoutMs`. The signal of the work aborts
 * then, but what it waits for is not cancelled.
 *
 * @param activity the client whose messages count
 * @throws the reason of `signal`
 */
export async function untilSilent(
  work: (stop: AbortSignal) => Promise<void>,
  activity: { readonly lastActivityMs: number },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<WorkEnd> {
  const beganMs = SYSTEM_CLOCK.monotonicMs();
  const overMs = beganMs + timeoutMs * STEPS_MAX;
  const silence = async (stop: AbortSignal): Promise<void> => {
    for (;;) {
      const silentMs = Math.max(beganMs, activity.lastActivityMs) + timeoutMs;
      const leftMs = Math.min(silentMs, overMs) - SYSTEM_CLOCK.monotonicMs();
      if (leftMs <= 0) return;
      await SYSTEM_CLOCK.sleep(leftMs, stop);
    }
  };
  try {
    const first = await raceTasks([
      (stop) => Promise.race([work(stop), aborted(stop)]),
      silence,
    ], signal);
    return { kind: first === 0 ? "done" : "silent" };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "failed", error };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
