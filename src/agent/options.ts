/**
 * From a loaded configuration to the options of the agent: what `run` and
 * `demo` share.
 *
 * @module
 */

import { dirname } from "node:path";
import type { AgentOptions, AgentSettings } from "./agent.ts";
import type { Log } from "../base/log.ts";
import { bad, good, type Result } from "../base/result.ts";
import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../platform/system_clock.ts";
import type { Buffer, BufferFault } from "../buffer/buffer.ts";
import type { LoadedConfig } from "../config/source/load.ts";
import { addressesOf } from "../config/check/rules.ts";
import type { Config, DeviceConfig } from "../config/schema/schema.ts";
import type { QuirkRuleConfig } from "../config/check/quirks_file.ts";
import { createQuirkBook, type QuirkRule } from "../device/quirk_rules.ts";
import { parseQuirks } from "../device/quirks.ts";
import { readClockSynced } from "../platform/clock_sync.ts";
import { parseFound } from "../discovery/found_devices.ts";
import { createDeviceMemory } from "../device/device_cache.ts";
import { openCacheFile } from "../platform/cache_file.ts";
import { createMeasured, type Measured } from "../observability/metrics/measured.ts";
import { EVENTS } from "../observability/log/events.ts";
import { readJson, writeWhole } from "../platform/atomic_file.ts";
import type { ExplorationSettings } from "../poller/roster/exploration.ts";
import { FAILURE_KINDS } from "../poller/poll_meter.ts";
import { type ConfiguredDevice, toRoster } from "../poller/roster/roster.ts";
import {
  type ContractType,
  isContractType,
  modelIdOf,
  type RecordType,
} from "../records/record.ts";
import { createFilesUplink } from "../uplink/files/files_uplink.ts";
import { createKafkaUplink } from "../uplink/kafka/kafka_uplink.ts";
import type { KafkaOptions } from "../uplink/kafka/options.ts";
import type { Uplink } from "../uplink/uplink.ts";
import type { Setup } from "./load_setup.ts";
import { VERSION } from "../cli/version/version.ts";

/** How often the kernel is asked whether its clock is synchronised. */
const CLOCK_LOOK_MS = 60_000;

/** What is remembered of devices, beside the buffer; it may be deleted. */
const CACHE_FILE = "devices.cache.json";

/** In the compiled program the worker stands beside it under this name. */
const COMPILED_WORKER = "./buffer_worker.js";

/** Where what is remembered of devices stands. */
export function cacheFileOf(bufferPath: string): string {
  return `${dirname(bufferPath)}/${CACHE_FILE}`;
}

/** Where the devices stand that scans have found. */
export function foundFileOf(bufferPath: string): string {
  return `${bufferPath}.found.json`;
}

/** Makes the buffer's folder where it is missing. */
export async function makeStateFolder(
  { path }: Config["buffer"],
): Promise<Result<void, BufferFault>> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o750 });
    return good(undefined);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad({ kind: "unusable", detail: `Cannot make the buffer's folder: ${why}` });
  }
}

/** Makes the options; `signal` ends what it keeps up to date. */
export async function toAgentOptions(
  loaded: Setup,
  log: Log,
  measured: Measured,
  signal: AbortSignal,
): Promise<AgentOptions> {
  const { config } = loaded;
  const cache = await openCacheFile(
    cacheFileOf(config.buffer.path),
    ({ is, path, detail }) => log.event(`memory.${is}`, { path, detail }),
  );
  const foundFile = foundFileOf(config.buffer.path);
  return {
    version: VERSION,
    gateway: config.gateway.id,
    site: config.gateway.site,
    loadDefinition: loaded.loadDefinition,
    ...toAgentSettings(loaded, log),
    buffer: {
      path: config.buffer.path,
      ...(Deno.build.standalone
        ? { workerUrl: new URL(COMPILED_WORKER, import.meta.url) }
        : {}),
    },
    found: {
      before: parseFound(await readJson(foundFile)),
      save: (found) =>
        void writeWhole(foundFile, `${JSON.stringify(found)}\n`).catch(() => {}),
    },
    clock: SYSTEM_CLOCK,
    chance: SYSTEM_RANDOM,
    log,
    measured,
    memory: { ...createDeviceMemory(cache), flush: () => cache.flush() },
    quirksOf: createQuirkBook(loaded.quirkRules.map(toQuirkRule)),
    clockSynced: await watchClockSynced(log, signal),
  };
}

/** The settings that a running agent can follow. */
export function toAgentSettings(loaded: LoadedConfig, log: Log): AgentSettings {
  const { devices, discovery, buffer, uplink } = loaded.config;
  const { entries, problems } = toRoster(devices.map(toConfiguredDevice));
  for (const problem of problems) {
    log.event("config.warning", { path: "devices", problem });
  }
  return {
    roster: entries,
    exploration: toExploration(discovery),
    bounds: {
      flushIntervalMs: buffer.flush_interval_ms,
      powerLossWindowMs: buffer.power_loss_window_ms,
      maxBytes: buffer.max_bytes,
      maxRows: buffer.max_rows,
      maxAgeMs: buffer.max_age,
    },
    topicOf: topicsOf(loaded.config),
    makeFarSide: (opened) => ({
      uplink: makeUplink(loaded, opened, log),
      brokerAddress: uplink.kind === "kafka" ? uplink.brokers[0] ?? null : null,
      batchRowsMax: uplink.batch_rows_max,
      lingerMs: uplink.linger_ms,
    }),
  };
}

/** Takes what the agent measures; kinds that are known are shown from the start. */
export function createAgentMeasured(): Measured {
  return createMeasured(FAILURE_KINDS, Object.keys(EVENTS));
}

/** Where each type of record goes; a model's id stands in for `{id}`. */
function topicsOf({ uplink: { topics } }: Config): (type: RecordType) => string {
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

function toExploration(
  discovery: Config["discovery"],
): ExplorationSettings | null {
  if (discovery.mode === "static_config") return null;
  return {
    hosts: addressesOf(discovery),
    ports: discovery.ports,
    unitIds: discovery.unit_ids,
    rescanMs: discovery.rescan_interval,
    adopt: discovery.adopt === "auto",
    intervalMs: discovery.interval_ms,
  };
}

function toConfiguredDevice(device: DeviceConfig): ConfiguredDevice {
  return {
    ...(device.id === null ? {} : { id: device.id }),
    host: device.host,
    port: device.port,
    unitIds: device.unit_ids,
    intervalMs: device.interval_ms,
    asleepIntervalMs: device.asleep_interval_ms,
    prefer: device.prefer,
    publish: device.publish,
    timeoutMs: device.timeout_ms,
    connectTimeoutMs: device.connect_timeout_ms,
    quirks: parseQuirks(device),
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

/** How Kafka is reached by this configuration. */
export function toKafkaOptions(
  { config: { uplink }, credentials }: LoadedConfig,
): KafkaOptions {
  const { ca, cert, key, saslPassword } = credentials;
  return {
    brokers: uplink.brokers,
    clientId: uplink.client_id,
    securityProtocol: uplink.security_protocol,
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key: key.reveal() }),
    ...(uplink.sasl_mechanism === null ? {} : {
      sasl: {
        mechanism: uplink.sasl_mechanism,
        username: uplink.sasl_username ?? "",
        password: saslPassword?.reveal() ?? "",
      },
    }),
    messageTimeoutMs: uplink.message_timeout_ms,
  };
}

function makeUplink(loaded: LoadedConfig, buffer: Buffer, log: Log): Uplink {
  const { uplink } = loaded.config;
  if (uplink.kind === "files") {
    return createFilesUplink({
      folder: uplink.files.path,
      schema: (fingerprint, signal) => buffer.schema(fingerprint, signal),
      rotateBytes: uplink.files.rotate_bytes,
      rotateMs: uplink.files.rotate_interval_ms,
      maxBytes: uplink.files.max_bytes,
      onEvent: (event) =>
        log.event(`files.${event.is}`, {
          file: event.file,
          ...("bytes" in event ? { bytes: event.bytes } : {}),
          ...("cutBytes" in event ? { cutBytes: event.cutBytes } : {}),
          ...("detail" in event ? { detail: event.detail } : {}),
        }),
    }, SYSTEM_CLOCK);
  }
  return createKafkaUplink(toKafkaOptions(loaded), (level, message, fields) => {
    if (level === "debug") return;
    log.event("uplink.client", { level, message, ...toLogFields(fields) });
  });
}

/** The Kafka client's own fields, as far as a log line may carry them. */
function toLogFields(
  fields: Readonly<Record<string, unknown>>,
): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "number" || typeof value === "boolean") kept[name] = value;
    else if (typeof value === "string") kept[name] = value.slice(0, 200);
  }
  return kept;
}

/** Keeps asking; the answer is what was said last. */
async function watchClockSynced(
  log: Log,
  signal: AbortSignal,
): Promise<() => boolean | null> {
  let synced = await readClockSynced();
  log.event("clock.synced", { synced });
  const timer = setInterval(async () => {
    const now = await readClockSynced();
    if (now !== synced) log.event("clock.synced", { synced: now });
    synced = now;
  }, CLOCK_LOOK_MS);
  Deno.unrefTimer(timer);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return () => synced;
}
