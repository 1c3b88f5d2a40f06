/**
 * Tells the far side what it could not see otherwise: rows that were given up
 * (gap records) and that this gateway lives (heartbeats).
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Buffer, PendingGap } from "../buffer/buffer.ts";
import { gapEvent, type Health, heartbeatEvent } from "../records/events.ts";
import type { EventContext } from "../records/events.ts";
import type { Intake } from "./ingest.ts";

/** How often the buffer is asked for gaps. */
const LOOK_MS = 1_000;

/**
 * A gap that still grows is told after this at the latest; until then it is
 * one gap instead of many, each of which would push out more rows.
 */
export const GAP_GROWING_MS = 60_000;

/**
 * More gaps than this are not told at a look: in a small buffer their rows
 * would push one another out before any of them is sent.
 */
export const GAPS_TOLD_MAX = 50;

/** How often the gateway gives a sign of life. */
export const HEARTBEAT_MS = 60_000;

/** What the announcer needs. */
export interface AnnouncerOptions {
  readonly buffer: Pick<Buffer, "pendingGaps">;
  readonly intake: Pick<Intake, "offer">;
  readonly clock: Clock;
  /** The context of an event that happens now. */
  readonly context: () => EventContext;
  /** The state of the gateway now. */
  readonly health: () => Health;
  /** Told of each gap that is announced. */
  readonly onGap: (gap: PendingGap) => void;
}

/** Announces until `signal` aborts, then throws its reason. */
export async function runAnnouncer(
  options: AnnouncerOptions,
  signal: AbortSignal,
): Promise<never> {
  const { buffer, clock, intake } = options;
  const choose = createGapChooser();
  let heartbeatAtMs = nextHeartbeat(clock.wallMs());
  for (;;) {
    await clock.sleep(LOOK_MS, signal);
    const wallMs = clock.wallMs();
    if (wallMs >= heartbeatAtMs) {
      await intake.offer([heartbeatEvent(options.context(), options.health())], signal);
      heartbeatAtMs = nextHeartbeat(clock.wallMs());
    } else if (heartbeatAtMs - wallMs > HEARTBEAT_MS) {
      heartbeatAtMs = nextHeartbeat(wallMs); // the clock went back
    }
    for (const gap of choose(buffer.pendingGaps, clock.monotonicMs())) {
      options.onGap(gap);
      await intake.offer([gapEvent(options.context(), gap)], signal, gap);
    }
  }
}

/**
 * Chooses the gaps to tell now: those that have stopped growing, and those
 * that have grown for {@linkcode GAP_GROWING_MS}. One that was told is not told
 * again while its row is on its way; if it still pends after another
 * `GAP_GROWING_MS`, its row was itself given up, and it is told again. What is
 * more than {@linkcode GAPS_TOLD_MAX} waits for the next look.
 */
export function createGapChooser(): (
  gaps: readonly PendingGap[],
  nowMs: number,
) => PendingGap[] {
  let seen = new Map<number, { gap: PendingGap; sinceMs: number }>();
  const told = new Map<number, { lastSeq: number; atMs: number }>();
  return (gaps, nowMs) => {
    const now = new Map(
      gaps.map((gap) => [gap.id, {
        gap,
        sinceMs: seen.get(gap.id)?.sinceMs ?? nowMs,
      }]),
    );
    for (const id of told.keys()) if (!now.has(id)) told.delete(id);
    const ripe = gaps.filter((gap) => {
      const telling = told.get(gap.id);
      if (telling !== undefined && gap.firstSeq <= telling.lastSeq) {
        return nowMs - telling.atMs >= GAP_GROWING_MS;
      }
      const stoodStill = seen.get(gap.id)?.gap.lastSeq === gap.lastSeq;
      const sinceMs = now.get(gap.id)?.sinceMs ?? nowMs;
      return stoodStill || nowMs - sinceMs >= GAP_GROWING_MS;
    }).slice(0, GAPS_TOLD_MAX);
    for (const gap of ripe) {
      told.set(gap.id, { lastSeq: gap.lastSeq, atMs: nowMs });
      now.set(gap.id, { gap, sinceMs: nowMs });
    }
    seen = now;
    return ripe;
  };
}

function nextHeartbeat(wallMs: number): number {
  return (Math.floor(wallMs / HEARTBEAT_MS) + 1) * HEARTBEAT_MS;
}
