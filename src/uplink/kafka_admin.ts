/**
 * Makes topics, for `demo` only: the agent itself never does.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { KafkaLog, KafkaOptions } from "./kafka.ts";
import type { SendFailure } from "./uplink.ts";

/**
 * Creates those of `topics` that are missing, with the broker's own defaults.
 * Bounded by `limitMs` (default 15,000); the value says which were created.
 */
export function ensureTopics(
  _options: KafkaOptions,
  _topics: readonly string[],
  _log: KafkaLog,
  _limitMs = 15_000,
): Promise<Result<readonly string[], SendFailure>> {
  throw new Error("not yet");
}
