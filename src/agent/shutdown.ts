/**
 * Stops an agent: polling first, the buffer last. Each step has a time limit, so the
 * whole has one. Rows of a step that fails stay in the buffer's file, and the next
 * start sends them.
 *
 * @module
 */

import { waitAtMost } from "../base/wait_at_most.ts";
import type { AgentParts } from "./agent_parts.ts";
import type { AgentSummary } from "./agent_types.ts";

/** Time limit for polls and records in progress, in ms. */
const POLL_GRACE_MS = 1_500;
/** Time limit for writing the device cache, in ms. */
const CACHE_GRACE_MS = 500;
/** Time reserved for closing the destination and the buffer, in ms. */
const CLOSE_RESERVE_MS = 3_000;
/** Minimum time for closing the destination, and for closing the buffer, in ms. */
const CLOSE_MIN_MS = 500;
/** Time limit for the tasks to end after they were aborted, in ms. */
const TASKS_GRACE_MS = 200;

/**
 * Stops an agent within about `limitMs`.
 *
 * @param ingesting resolves once the ingest has passed its rows to the buffer.
 */
export async function shutDown(
  parts: AgentParts,
  ingesting: Promise<void>,
  limitMs: number,
): Promise<AgentSummary> {
  const { options, life, buffer, ingest, sender, pool, supervisor, tasks } = parts;
  const { clock, deviceCache } = options;
  const startedMs = clock.monotonicMs();
  const leftMs = (): number => limitMs - (clock.monotonicMs() - startedMs);
  const beforeCloseMs = (): number => leftMs() - CLOSE_RESERVE_MS;

  await supervisor.stop(POLL_GRACE_MS);
  await waitAtMost(clock, POLL_GRACE_MS, pool.close());
  await waitAtMost(clock, CACHE_GRACE_MS, deviceCache.flush());
  ingest.close();
  await waitAtMost(clock, beforeCloseMs(), ingesting);
  await waitAtMost(clock, beforeCloseMs(), buffer.flush(life.signal));
  if (sender !== null) {
    const drained = sender.drain(Math.max(0, beforeCloseMs()));
    await waitAtMost(clock, beforeCloseMs() + CLOSE_MIN_MS, drained);
  }
  life.abort(new Error("the agent stops"));
  const closed = sender?.close() ?? Promise.resolve();
  await waitAtMost(clock, Math.max(CLOSE_MIN_MS, leftMs() / 2), closed);
  const closing = new AbortController();
  const bufferClosed = buffer.close(closing.signal);
  await waitAtMost(clock, Math.max(CLOSE_MIN_MS, leftMs()), bufferClosed);
  closing.abort(new Error("closing the buffer took too long"));
  await waitAtMost(clock, TASKS_GRACE_MS, tasks.settled());

  const { stored, delivered, evicted, rows } = buffer.stats;
  return {
    recordsMade: ingest.made,
    stored,
    delivered,
    evicted,
    rowsLeft: rows,
    pump: sender?.status ?? null,
    devices: supervisor.devices,
  };
}
