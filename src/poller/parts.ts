/**
 * What the poller stands on; `app.ts` puts it together.
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Result } from "../base/result.ts";
import type { DeviceLayout } from "../device/layout.ts";
import type { DeviceMemory } from "../device/device_cache.ts";
import type { DiscoveryFault, ProbeOptions } from "../discovery/probe.ts";
import type { QuirkBook } from "../device/quirk_rules.ts";
import type { RegisterReader, SessionPool } from "../modbus/reader.ts";
import type { LoadDefinition } from "../sunspec/definition/vendor_models.ts";
import type { PollMeter } from "./poll_meter.ts";
import type { PollSink } from "./sink.ts";

/** Looks for a SunSpec device at a unit: `discoverDevice` of `discovery/probe.ts`. */
export type Discover = (
  reader: RegisterReader,
  options: ProbeOptions,
  signal: AbortSignal,
) => Promise<Result<DeviceLayout, DiscoveryFault>>;

/** What the poller stands on. */
export interface PollerParts {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, if configured. */
  readonly site: string | null;
  readonly pool: SessionPool;
  readonly discover: Discover;
  readonly loadDefinition: LoadDefinition;
  readonly sink: PollSink;
  readonly meter: PollMeter;
  readonly memory: DeviceMemory;
  readonly quirksOf: QuirkBook;
  readonly clock: Clock;
  readonly chance: Random;
  readonly log: Log;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clockSynced: () => boolean | null;
}
