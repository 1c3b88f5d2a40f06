/**
 * What the parts of a running pump share.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Drain } from "./drain.ts";
import { createFailurePolicy, type FailurePolicy } from "./failure_policy.ts";
import type { PumpOptions } from "./pump_options.ts";
import { createPumpStatusTracker, type PumpStatusTracker } from "./pump_status.ts";
import { createTopicQueues, type TopicQueues } from "./topic_queues.ts";

/** The options with their defaults. */
export interface PumpLimits {
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  readonly memoryRowsMax: number;
  readonly lingerMs: number;
  readonly messageTimeoutMs: number;
  readonly sendLimitMs: number;
}

/** The state of a pump. */
export interface PumpContext {
  readonly options: PumpOptions;
  readonly limits: PumpLimits;
  readonly clock: Clock;
  readonly queues: TopicQueues;
  readonly status: PumpStatusTracker;
  readonly failures: FailurePolicy;
  /** `monotonicMs` of the last iteration or answer. */
  lastMoveMs: number;
  /** The current send must end before this time; -Infinity = no send. */
  sendOverMs: number;
  /** When the read of the buffer in progress began; null = none. */
  readSinceMs: number | null;
  drain: Drain | null;
  leaving: boolean;
  /** Ends the current run; null = not running. */
  running: AbortController | null;
  /** The read beside the sends that is in progress, or has failed. */
  reading: Promise<boolean> | null;
  /** The probe in progress; it never rejects. */
  probing: Promise<void> | null;
  /** Aborts when a probe has ended; then it is replaced. */
  probed: AbortController;
  /** Ends the current wait when a drain starts or the pump leaves. */
  readonly wake: AbortController;
}

/** Creates the state of a pump that has not started. */
export function createPumpContext(options: PumpOptions): PumpContext {
  const { clock, uplink } = options;
  const limits: PumpLimits = {
    batchRowsMax: options.batchRowsMax ?? 1_000,
    batchBytesMax: options.batchBytesMax ?? 512 * 1024,
    memoryRowsMax: options.memoryRowsMax ?? 10_000,
    lingerMs: options.lingerMs ?? 20,
    messageTimeoutMs: uplink.messageTimeoutMs ?? Infinity,
    sendLimitMs: uplink.sendLimitMs ?? 0,
  };
  const queues = createTopicQueues(
    limits.batchRowsMax,
    uplink.probe !== undefined,
  );
  const status = createPumpStatusTracker(clock, options.onEvent ?? (() => {}));
  return {
    options,
    limits,
    clock,
    queues,
    status,
    failures: createFailurePolicy({ ...options, queues, status }),
    lastMoveMs: clock.monotonicMs(),
    sendOverMs: -Infinity,
    readSinceMs: null,
    drain: null,
    leaving: false,
    running: null,
    reading: null,
    probing: null,
    probed: new AbortController(),
    wake: new AbortController(),
  };
}
