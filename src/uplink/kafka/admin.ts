/**
 * Creates topics. Only `demo` uses this: the agent never creates a topic.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { createKafkaClient } from "./client.ts";
import { nameFailure } from "./errors.ts";
import type { KafkaLog, KafkaOptions } from "./options.ts";
import type { SendFailure } from "../uplink.ts";
import { raceTasks } from "../pump/wait.ts";

/**
 * Creates the topics that do not exist, with the broker's defaults for partitions and
 * replicas, within `limitMs`.
 *
 * @returns the topics that were created, without those created by others at the same
 * time.
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
      const existing = new Set(await admin.listTopics());
      const missing = [...new Set(topics)].filter((topic) => !existing.has(topic));
      for (const topic of missing) {
        if (await admin.createTopics({ topics: [{ topic }], timeout: limitMs })) {
          created.push(topic);
        }
      }
    };
    const first = await raceTasks([
      (stop) => Promise.race([work(), untilOver(stop)]),
      (stop) => SYSTEM_CLOCK.sleep(limitMs, stop),
    ], new AbortController().signal);
    if (first === 0) return good(created);
    return bad({
      errorName: "UNREACHABLE",
      detail: `no answer from the broker within ${limitMs} ms`,
    });
  } catch (error) {
    return bad(nameFailure(error, { produced: false }));
  } finally {
    client?.destroy();
  }
}

function untilOver(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
