/**
 * Which timestamps the topics accept: read from their settings with DescribeConfigs, and
 * learned from refusals.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../../platform/system_clock.ts";
import type { BrokerConnection } from "../broker_connection.ts";
import {
  learnRefusal,
  parseTopicTimes,
  TIME_SETTINGS,
  type TopicTimes,
} from "../produce/timestamp.ts";

/** The settings are requested again after this, together with the partitions. */
const TIMES_AGE_MAX_MS = 290_000;

/** The limits of the topics. */
export interface TopicTimesCache {
  /** Undefined = unknown, for example without the right to read the settings. */
  of(topic: string): TopicTimes | undefined;
  /** Requests what is unknown or old; never rejects because of the answer. */
  request(connection: BrokerConnection, topics: readonly string[]): Promise<void>;
  refused(topic: string, sampledAtMs: readonly number[]): void;
  forgetAll(): void;
}

/** Creates an empty cache. */
export function createTopicTimes(): TopicTimesCache {
  const known = new Map<string, TopicTimes>();
  const requestedMs = new Map<string, number>();
  return {
    of: (topic) => known.get(topic),
    async request(connection, topics) {
      const nowMs = SYSTEM_CLOCK.monotonicMs();
      const old = topics.filter((topic) =>
        nowMs - (requestedMs.get(topic) ?? -Infinity) > TIMES_AGE_MAX_MS
      );
      if (old.length === 0) return;
      for (const topic of old) requestedMs.set(topic, nowMs);
      // A broker without this request, or that refuses it: the limits stay unknown.
      const settings = await connection.topicSettings(old, TIME_SETTINGS)
        .catch(() => new Map<string, ReadonlyMap<string, string>>());
      for (const topic of old) {
        const found = settings.get(topic);
        if (found === undefined) known.delete(topic);
        else known.set(topic, parseTopicTimes(found));
      }
    },
    refused(topic, sampledAtMs) {
      const nowMs = SYSTEM_CLOCK.wallMs();
      known.set(topic, learnRefusal(known.get(topic), sampledAtMs, nowMs));
    },
    forgetAll() {
      known.clear();
      requestedMs.clear();
    },
  };
}
