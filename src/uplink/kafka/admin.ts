/**
 * Makes topics, for `demo` only: the agent itself never does.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { createKafkaClient } from "./client.ts";
import { nameFailure } from "./errors.ts";
import type { KafkaLog, KafkaOptions } from "./options.ts";
import type { SendFailure } from "../uplink.ts";
import { firstOf } from "../pump/wait.ts";

/**
 * Creates those of `topics` that are missing, with the broker's own defaults
 * for partitions and replicas. Bounded by `limitMs`.
 *
 * @returns the topics that were created; a topic that somebody else made
 * meanwhile is not among them.
 */
export async function ensureTopics(
  options: KafkaOptions,
  topics: readonly string[],
  log: KafkaLog,
  limitMs = 15_000,
): Promise<Result<readonly string[], SendFailure>> {
  const created: string[] = [];
  let client;
  try {
    client = createKafkaClient(options, 0, log);
    const admin = client.kafka.admin();
    const work = async (): Promise<void> => {
      await admin.connect();
      const there = new Set(await admin.listTopics());
      const missing = [...new Set(topics)].filter((topic) => !there.has(topic));
      for (const topic of missing) {
        if (await admin.createTopics({ topics: [{ topic }], timeout: limitMs })) {
          created.push(topic);
        }
      }
    };
    const first = await firstOf([
      (stop) => Promise.race([work(), untilOver(stop)]),
      (stop) => SYSTEM_CLOCK.sleep(limitMs, stop),
    ], new AbortController().signal);
    if (first === 0) return good(created);
    return bad({ errorName: "UNREACHABLE", detail: `no answer within ${limitMs} ms` });
  } catch (error) {
    return bad(nameFailure(error, { produced: false }));
  } finally {
    client?.abandon();
  }
}

function untilOver(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
