/**
 * Virtual time for an agent on real sockets: the clock moves only while no
 * request is under way, so that an answer over loopback takes no time at all
 * and a deadline passes only if nobody answers. Two days take half a minute.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { FakeClock } from "../../base/clock.ts";
import { createLinkOpener } from "../../modbus/client.ts";
import type { OpenLink } from "../../modbus/connection.ts";

/** Real connections, and whether something is under way on them. */
export interface WatchedLinks {
  readonly openLink: OpenLink;
  /** Waits until every connect and every request has its outcome, or nothing moves any more. */
  settled(): Promise<void>;
}

/** No answer over loopback takes so long on the busiest machine: what is silent then waits for its deadline. */
const SILENCE_MS = 3_000;

/** Watches real connections. */
export function watchLinks(clock: FakeClock): WatchedLinks {
  const open = createLinkOpener(clock);
  let underWay = 0;
  let news = Promise.withResolvers<void>();

  async function watched<T>(task: Promise<T>): Promise<T> {
    underWay++;
    try {
      return await task;
    } finally {
      underWay--;
      news.resolve();
      news = Promise.withResolvers();
    }
  }

  return {
    async openLink(target, signal) {
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
          exchange: (request) => watched(link.exchange(request)),
          destroy: () => link.destroy(),
        },
      };
    },
    async settled() {
      for (;;) {
        await nextTurn();
        if (underWay === 0) return;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const silence = new Promise<"silence">((resolve) => {
          timer = setTimeout(() => resolve("silence"), SILENCE_MS);
        });
        const what = await Promise.race([news.promise, silence]);
        clearTimeout(timer);
        if (what === "silence") return;
      }
    },
  };
}

/** Lets what is ready run, whatever it awaits. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
