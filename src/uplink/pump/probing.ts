/**
 * Probes topics of which it is not known whether they exist, beside the sends: a topic
 * that is missing costs the others nothing.
 *
 * @module
 */

import type { PumpContext } from "./pump_context.ts";
import type { TopicQueue } from "./topic_queue.ts";
import { orAbort } from "./wait.ts";

/** Starts a probe if one is due and none is in progress. */
export function startProbe(pump: PumpContext, signal: AbortSignal): void {
  if (pump.probing !== null || pump.options.uplink.probe === undefined) return;
  const queues = pump.queues.toProbe(pump.clock.monotonicMs());
  if (queues.length === 0) return;
  pump.probing = probe(pump, queues, signal).catch(() => {}).finally(() => {
    pump.probing = null;
    const { probed } = pump;
    pump.probed = new AbortController();
    probed.abort();
  });
}

async function probe(
  { options, clock, queues: all, failures }: PumpContext,
  queues: readonly TopicQueue[],
  signal: AbortSignal,
): Promise<void> {
  const beganMs = clock.monotonicMs();
  const topics = queues.map(({ topic }) => topic);
  const asked = options.uplink.probe?.(topics, signal);
  if (asked === undefined) return;
  const result = await orAbort(asked, signal);
  if (!result.ok) return failures.probeUnanswered(queues, result.fault, beganMs);
  for (const queue of queues) {
    const failure = result.value.get(queue.topic) ?? null;
    if (failure !== null) failures.probeFailed(queue, failure);
    else all.probed(queue, clock.monotonicMs());
  }
}
