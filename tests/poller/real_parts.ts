/**
 * What a poller stands on in tests over real TCP: real devices, clock and chance, and
 * a sink that a test reads.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { createMemoryLog } from "../../src/base/log.ts";
import { SYSTEM_CHANCE, SYSTEM_CLOCK } from "../../src/base/system_clock.ts";
import { createDeviceMemory } from "../../src/discovery/memory.ts";
import { discoverDevice } from "../../src/discovery/probe.ts";
import { createQuirkBook } from "../../src/discovery/quirk_rules.ts";
import { SILENT_METER } from "../../src/poller/meter.ts";
import type { PollerParts } from "../../src/poller/parts.ts";
import type { Draft } from "../../src/telemetry/record.ts";

/** The parts, but for what a test has of its own; `onDrafts` is given what each poll made. */
export function realParts(
  own: Pick<PollerParts, "pool"> & Partial<PollerParts>,
  onDrafts: (drafts: readonly Draft[]) => void,
): PollerParts {
  return {
    gateway: "gw",
    site: null,
    discover: discoverDevice,
    loadDefinition,
    sink: {
      offer(drafts) {
        onDrafts(drafts);
        return Promise.resolve();
      },
      deviceState() {},
    },
    meter: SILENT_METER,
    memory: createDeviceMemory(new Map()),
    quirksOf: createQuirkBook([]),
    clock: SYSTEM_CLOCK,
    chance: SYSTEM_CHANCE,
    log: createMemoryLog(),
    clockSynced: () => null,
    ...own,
  };
}
