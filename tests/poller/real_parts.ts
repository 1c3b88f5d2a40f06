/**
 * What a poller stands on in tests over real TCP: real devices, clock and chance, and
 * a sink that a test reads.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { createMemoryLog } from "../../src/base/log.ts";
import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createDeviceMemory } from "../../src/device/device_cache.ts";
import { discoverDevice } from "../../src/discovery/probe.ts";
import { createQuirkBook } from "../../src/device/quirk_rules.ts";
import { SILENT_METER } from "../../src/poller/poll_meter.ts";
import type { PollerParts } from "../../src/poller/parts.ts";
import type { Draft } from "../../src/records/record.ts";

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
    chance: SYSTEM_RANDOM,
    log: createMemoryLog(),
    clockSynced: () => null,
    ...own,
  };
}
