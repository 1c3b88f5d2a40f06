/**
 * The dependencies of a poller in tests over real TCP: real discovery, clock and random
 * numbers, and a sink that a test reads.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { createMemoryLog } from "../../src/testing/memory_log.ts";
import { createDeviceCache } from "../../src/device/device_cache.ts";
import { createQuirkLookup } from "../../src/device/quirk_rules.ts";
import { discoverDevice } from "../../src/discovery/probe.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import type { PollerDependencies } from "../../src/poller/dependencies.ts";
import type { DeviceStateTransition } from "../../src/poller/device_state.ts";
import { SILENT_METER } from "../../src/poller/poll_meter.ts";
import type { Draft } from "../../src/records/record.ts";
import { createRecordsStage, RECORD_MODELS } from "../../src/records/records_stage.ts";
import { createSampleHandler } from "../../src/testing/devices/fake_plant.ts";

/**
 * The dependencies, except for those of the test itself.
 *
 * @param onDrafts receives the drafts of each poll.
 */
export function realDependencies(
  own: Pick<PollerDependencies, "pool"> & Partial<PollerDependencies>,
  onDrafts: (drafts: readonly Draft[]) => void,
  onState: (change: DeviceStateTransition) => void = () => {},
): PollerDependencies {
  const stage = createRecordsStage({
    gateway: "gw",
    site: null,
    clockSynced: () => null,
    settings: new Map(),
  });
  return {
    discover: discoverDevice,
    loadDefinition,
    models: RECORD_MODELS,
    sink: {
      sample: createSampleHandler(stage, onDrafts),
      deviceState: onState,
      layoutChanged: () => {},
    },
    meter: SILENT_METER,
    cache: createDeviceCache(new Map()),
    quirksOf: createQuirkLookup([]),
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    log: createMemoryLog(),
    ...own,
  };
}
