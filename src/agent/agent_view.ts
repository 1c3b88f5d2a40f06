/**
 * The view of a running agent, from the current state of its parts.
 *
 * @module
 */

import type { AgentParts } from "./agent_parts.ts";
import type { AgentView } from "./agent_types.ts";
import { STALL_LIMITS_MS, stalledPart } from "./watchdog.ts";

/** Creates the view as of now. */
export function viewOf(parts: AgentParts): AgentView {
  const { buffer, ingest, sender, supervisor, settings } = parts;
  return {
    uplink: sender?.name ?? null,
    devices: supervisor.devices,
    buffer: buffer.stats,
    maxBytes: settings.bufferLimits.maxBytes,
    pump: sender?.status ?? null,
    recordsMade: ingest.made,
    stalled: findStalled(parts),
  };
}

function findStalled(
  { buffer, sender, supervisor, options: { clock } }: AgentParts,
): string | undefined {
  const nowMs = clock.monotonicMs();
  const lastMoves = [
    ["scheduler", supervisor.lastMoveMs],
    ["buffer", buffer.lastMoveMs],
    ["pump", sender?.lastMoveMs ?? nowMs],
  ] as const;
  const monitored = lastMoves.map(([name, lastMoveMs]) => {
    return { name, lastMoveMs, limitMs: STALL_LIMITS_MS[name] };
  });
  return stalledPart(monitored, nowMs)?.name;
}
