/**
 * The interfaces that the poller depends on; `agent/agent.ts` provides them.
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Result } from "../base/result.ts";
import type { DeviceLayout } from "../device/layout.ts";
import type { DeviceCache } from "../device/device_cache.ts";
import type { DiscoveryFault, ProbeOptions } from "../discovery/probe.ts";
import type { QuirkLookup } from "../device/quirk_rules.ts";
import type { RegisterReader, SessionPool } from "../modbus/reader.ts";
import type { LoadDefinition } from "../sunspec/definition/vendor_models.ts";
import type { PollMeter } from "./poll_meter.ts";
import type { ModelSelection, SampleSink } from "./sample.ts";

/** Discovers the SunSpec device at a unit: `discoverDevice` of `discovery/probe.ts`. */
export type Discover = (
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
) => Promise<Result<DeviceLayout, DiscoveryFault>>;

/** The interfaces that the poller depends on. */
export interface PollerDependencies {
  readonly pool: SessionPool;
  readonly discover: Discover;
  readonly loadDefinition: LoadDefinition;
  readonly models: ModelSelection;
  readonly sink: SampleSink;
  readonly meter: PollMeter;
  readonly cache: DeviceCache;
  readonly quirksOf: QuirkLookup;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
