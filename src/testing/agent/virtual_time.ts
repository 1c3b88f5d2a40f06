/**
 * Virtual time for an agent on real sockets: the clock advances only while no request is
 * in flight, so that an answer over loopback takes no virtual time and a deadline passes
 * only if no answer arrives. Two days take half a minute.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { FakeClock } from "../fake_clock.ts";
import { createConnectionOpener } from "../../modbus/client.ts";
import type { OpenConnection } from "../../modbus/connection.ts";

/** Real connections, and whether a request is in flight on them. */
export interface WatchedConnections {
  readonly openConnection: OpenConnection;
  /** Waits until no connect and no request is in flight, or those in flight get no answer. */
  idle(): Promise<void>;
}

/** Longer than any answer over loopback takes on a busy machine. A request without an answer after this time is left to reach its deadline. */
const SILENCE_MS = 3_000;

/** Wraps real connections and counts the connects and requests in flight. */
export function watchConnections(clock: FakeClock): WatchedConnections {
  const open = createConnectionOpener(clock);
  let inFlight = 0;
  let change = Promise.withResolvers<void>();

  function landed(): void {
    inFlight--;
    change.resolve();
    change = Promise.withResolvers();
  }

  async function watched<T>(task: Promise<T>): Promise<T> {
    inFlight++;
    try {
      return await task;
    } finally {
      landed();
    }
  }

  return {
    async openConnection(target, signal) {
      const opened = await watched(open(target, signal));
      if (!opened.ok) return opened;
      const link = opened.value;
      return {
        ok: true,
        value: {
          get alive() {
            return link.alive;
          },
          get used() {
            return link.used;
          },
          exchange(request, settled) {
            inFlight++;
            link.exchange(request, (answer) => {
              settled(answer);
              landed();
            });
          },
          destroy: () => link.destroy(),
        },
      };
    },
    async idle() {
      for (;;) {
        await nextTurn();
        if (inFlight === 0) return;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const silence = new Promise<"silence">((resolve) => {
          timer = setTimeout(() => resolve("silence"), SILENCE_MS);
        });
        const what = await Promise.race([change.promise, silence]);
        clearTimeout(timer);
        if (what === "silence") return;
      }
    },
  };
}

/** Runs the event loop until ready tasks have run. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
