/**
 * Applies changed settings to a running agent.
 *
 * @module
 */

import type { RosterChange } from "../poller/roster/roster_change.ts";
import type { AgentParts } from "./agent_parts.ts";
import type { Agent, AgentSettings } from "./agent_types.ts";

/** See {@linkcode Agent.update}. */
export async function updateSettings(
  parts: AgentParts,
  settings: AgentSettings,
  changed: Parameters<Agent["update"]>[1],
): Promise<RosterChange> {
  const { buffer, stage, exploration, supervisor } = parts;
  parts.settings = settings;
  buffer.adjust(settings.bufferLimits);
  // Applied before the roster, so that the first sample of a new device already uses its settings.
  const keys = stage.update(settings.recordSettings);
  const roster = exploration.update(settings.roster, settings.exploration);
  const [change] = await Promise.all([
    supervisor.update(roster),
    changed.destination ? switchDestination(parts) : undefined,
  ]);
  const isNew = new Set([...change.added, ...change.removed]);
  const isChanged = new Set([...change.changed, ...keys]);
  return {
    ...change,
    changed: roster.map(({ key }) => key)
      .filter((key) => isChanged.has(key) && !isNew.has(key)),
  };
}

async function switchDestination(
  { sender, settings, buffer }: AgentParts,
): Promise<void> {
  await sender?.switchTo(() => {
    const created = settings.createDestination(buffer);
    if (created === null) {
      throw new Error("Cannot replace the uplink: none is configured");
    }
    return created;
  });
}
