/**
 * Sends rows to a cluster in memory with the code of the uplink, without its timers.
 *
 * @module
 */

import { createTimerWheel } from "../../base/waiting/timer_wheel.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import { createTopicDirectory } from "../../uplink/kafka/cluster/cluster.ts";
import { nameFailure } from "../../uplink/kafka/errors.ts";
import { createAttempt, endRound } from "../../uplink/kafka/produce/attempt.ts";
import { attemptResult } from "../../uplink/kafka/produce/attempt_result.ts";
import {
  NO_PRODUCER,
  type ProducerState,
} from "../../uplink/kafka/produce/producer_state.ts";
import { runAttempt } from "../../uplink/kafka/produce/run_attempt.ts";
import type { WorkEnd } from "../../uplink/kafka/silence.ts";
import type { SendResult } from "../../uplink/uplink.ts";
import type { ModelCluster } from "./model_cluster.ts";

/** A sender for tests. */
export interface ModelSender {
  send(rows: readonly StoredRow[]): Promise<SendResult>;
}

/** A sender whose state of the producer outlives a send, as that of the uplink does. */
export function createModelSender({ cluster }: ModelCluster): ModelSender {
  let producer: ProducerState = NO_PRODUCER;
  const instant = { monotonicMs: () => 0, sleep: () => Promise.resolve() };
  const clock = {
    ...instant,
    wallMs: () => Date.now(),
    timers: createTimerWheel(instant),
  };
  const options = {
    cluster,
    directory: createTopicDirectory(),
    timeoutMs: 1_000,
    compression: "none" as const,
    clock,
  };
  return {
    async send(rows: readonly StoredRow[]): Promise<SendResult> {
      const attempt = createAttempt(rows, producer);
      let end: WorkEnd = { kind: "done" };
      try {
        await runAttempt(options, attempt, new AbortController().signal);
      } catch (error) {
        end = { kind: "failed", error };
      }
      endRound(attempt);
      producer = attempt.producer;
      return attemptResult(
        attempt,
        end,
        (end, produced) =>
          nameFailure(end.kind === "failed" ? end.error : undefined, { produced }),
        "none",
      );
    },
  };
}
