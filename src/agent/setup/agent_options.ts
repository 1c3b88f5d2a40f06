/**
 * Turns a loaded configuration into the options of the agent, for `run` and `demo`.
 *
 * @module
 */

import { VERSION } from "../../base/version.ts";
import type { Log } from "../../base/log.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { BufferFault } from "../../buffer/buffer.ts";
import type { QuirkRuleConfig } from "../../config/check/quirks_file.ts";
import { scanAddresses } from "../../config/check/rules.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { LoadedConfig } from "../../config/source/load.ts";
import { createDeviceCache } from "../../device/device_cache.ts";
import { createQuirkLookup, type QuirkRule } from "../../device/quirk_rules.ts";
import { parseQuirks } from "../../device/quirks.ts";
import { parseKnownDevices } from "../../discovery/known_devices.ts";
import { EVENTS } from "../../observability/log/events.ts";
import {
  createMeasurements,
  type Measurements,
} from "../../observability/metrics/measurements.ts";
import { readJsonFile, writeFileAtomically } from "../../platform/atomic_file.ts";
import { createFolder, folderOf } from "../../platform/files.ts";
import { openCacheFile } from "../../platform/cache_file.ts";
import { isCompiled } from "../../platform/process.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import { FAILURE_KINDS } from "../../poller/poll_meter.ts";
import type { ExplorationSettings } from "../../poller/roster/exploration.ts";
import { type ContractType, isContractType, modelIdOf } from "../../records/record.ts";
import type { AgentOptions, AgentSettings, TopicOf } from "../agent_types.ts";
import { watchFreeBytes } from "../../platform/disk_space_watch.ts";
import { watchClockSynced } from "../../platform/clock_sync_watch.ts";
import { createDestination } from "./destination.ts";
import { toConfiguredDevices } from "./device_settings.ts";
import type { Setup } from "./load_setup.ts";

/** File name of the device cache, beside the buffer; the file may be deleted. */
const CACHE_FILE = "devices.cache.json";

/** File name of the worker beside the compiled program. */
const COMPILED_WORKER = "./buffer_worker.js";

/** Path of the device cache. */
export function deviceCachePath(bufferPath: string): string {
  return `${folderOf(bufferPath)}/${CACHE_FILE}`;
}

/** Path of the list of devices that scans have found. */
export function knownDevicesPath(bufferPath: string): string {
  return `${bufferPath}.found.json`;
}

/** Creates the buffer's folder if it does not exist. */
export async function createStateFolder(
  { path }: Config["buffer"],
): Promise<Result<void, BufferFault>> {
  try {
    await createFolder(folderOf(path));
    return good(undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return bad({
      kind: "unusable",
      detail: `Cannot create the buffer's folder: ${reason}`,
    });
  }
}

/** Creates the options. `signal` ends the background tasks that keep them up to date. */
export async function toAgentOptions(
  loaded: Setup,
  log: Log,
  measurements: Measurements,
  signal: AbortSignal,
): Promise<AgentOptions> {
  const { config } = loaded;
  const cache = await openCacheFile(
    deviceCachePath(config.buffer.path),
    ({ kind, path, detail }) => log.event(`memory.${kind}`, { path, detail }),
  );
  const foundFile = knownDevicesPath(config.buffer.path);
  return {
    version: VERSION,
    gateway: config.gateway.id,
    site: config.gateway.site,
    loadDefinition: loaded.loadDefinition,
    ...toAgentSettings(loaded, log),
    buffer: {
      path: config.buffer.path,
      ...(isCompiled() ? { workerUrl: new URL(COMPILED_WORKER, import.meta.url) } : {}),
    },
    knownDevices: {
      before: parseKnownDevices(await readJsonFile(foundFile)),
      save: (found) =>
        void writeFileAtomically(foundFile, `${JSON.stringify(found)}\n`)
          .catch(() => {}),
    },
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    log,
    measurements,
    deviceCache: { ...createDeviceCache(cache), flush: () => cache.flush() },
    quirksOf: createQuirkLookup(loaded.quirkRules.map(toQuirkRule)),
    clockSynced: await watchClockSynced(log, signal),
    freeBytes: await watchFreeBytes(folderOf(config.buffer.path)),
  };
}

/** The settings of a configuration that a running agent can apply. */
export function toAgentSettings(loaded: LoadedConfig, log: Log): AgentSettings {
  const { devices, discovery, buffer } = loaded.config;
  const { roster, recordSettings } = toConfiguredDevices(devices);
  for (const problem of roster.problems) {
    log.event("config.warning", { path: "devices", problem });
  }
  return {
    roster: roster.entries,
    recordSettings,
    exploration: toExplorationSettings(discovery),
    bufferLimits: {
      flushIntervalMs: buffer.flush_interval_ms,
      powerLossWindowMs: buffer.power_loss_window_ms,
      maxBytes: buffer.max_bytes,
      maxRows: buffer.max_rows,
      maxAgeMs: buffer.max_age,
    },
    topicOf: toTopics(loaded.config),
    createDestination: (opened) => createDestination(loaded, opened, log),
  };
}

/** Creates the agent's measurements; the known failure kinds and log events start at 0. */
export function createAgentMeasurements(): Measurements {
  return createMeasurements(FAILURE_KINDS, Object.keys(EVENTS));
}

/** The topic of each record type; `{id}` is replaced by the model's id. */
function toTopics({ uplink: { topics } }: Config): TopicOf {
  const contracts: Readonly<Record<ContractType, string>> = {
    NormalizedInverterData: topics.inverter,
    NormalizedMeterData: topics.meter,
    NormalizedStorageData: topics.storage,
    NormalizedEnvironmentData: topics.environment,
    NormalizedCombinerData: topics.combiner,
    CollectorEvent: topics.events,
  };
  return (type) =>
    isContractType(type)
      ? contracts[type]
      : topics.models.replaceAll("{id}", modelIdOf(type));
}

function toExplorationSettings(
  discovery: Config["discovery"],
): ExplorationSettings | null {
  if (discovery.mode === "static_config") return null;
  return {
    hosts: scanAddresses(discovery),
    ports: discovery.ports,
    unitIds: discovery.unit_ids,
    rescanMs: discovery.rescan_interval,
    adopt: discovery.adopt === "auto",
    intervalMs: discovery.interval_ms,
  };
}

function toQuirkRule(rule: QuirkRuleConfig): QuirkRule {
  const { manufacturer, model, firmware } = rule;
  return {
    ...(manufacturer === null ? {} : { manufacturer }),
    ...(model === null ? {} : { model }),
    ...(firmware === null ? {} : { firmware }),
    quirks: parseQuirks(rule),
  };
}
