/**
 * Caches the id, layout and learned quirks of units across restarts. Entries may be
 * lost at any time, and an entry is used only after the device has confirmed it.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import type { ReadFunction } from "../modbus/reader.ts";
import { CHAIN_LIMITS, type ChainEnd, type ModelLocation } from "../sunspec/chain.ts";
import type { Identity } from "../sunspec/identity.ts";
import type { DeviceLayout } from "./layout.ts";
import { parseQuirks, type Quirks, serialiseQuirks } from "./quirks.ts";
import type { PartRegistry } from "./part_registry.ts";
import { parsePartRegistry, serialisePartRegistry } from "./part_registry_json.ts";
import { MODEL_HEADER_SIZE, MODEL_ID_MAX } from "../sunspec/spec.ts";

/** The cache entry of one unit. */
export interface CachedDevice {
  /** The id derived from the identity; null = none. */
  readonly deviceId: string | null;
  /** As confirmed by the last successful poll; null = unknown. */
  readonly layout: DeviceLayout | null;
  /** Quirks that the agent detected. */
  readonly learned: Quirks;
}

/** Cache entries by unit key, `host:port/unit`. */
export interface DeviceCache {
  get(key: string): CachedDevice | undefined;
  /** Stores an entry. Does not block and does not throw. */
  set(key: string, remembered: CachedDevice): void;
  delete(key: string): void;
  /** The keys of all cached units. */
  keys(): readonly string[];
  /** The parts of a device, by its id; undefined = not cached. */
  parts(deviceId: string): PartRegistry | undefined;
  setParts(deviceId: string, registry: PartRegistry): void;
}

/** Storage of a cache: a file, or a map in tests. Values are plain JSON. */
export interface CacheStore {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  keys(): Iterable<string>;
}

/** Creates a cache on a store. Invalid entries are treated as missing. */
export function createDeviceCache(store: CacheStore): DeviceCache {
  return {
    get: (key) => parseCachedDevice(store.get(key)),
    set(key, { deviceId, layout, learned }) {
      store.set(key, { id: deviceId, layout, quirks: serialiseQuirks(learned) });
    },
    delete: (key) => store.delete(key),
    keys: () => [...store.keys()].filter((key) => !key.startsWith(PARTS_PREFIX)),
    parts: (deviceId) => parsePartRegistry(store.get(`${PARTS_PREFIX}${deviceId}`)),
    setParts(deviceId, registry) {
      store.set(`${PARTS_PREFIX}${deviceId}`, serialisePartRegistry(registry));
    },
  };
}

/** Begins the keys of part registries; no unit key has a space. */
const PARTS_PREFIX = "parts ";

/** Validates an entry of the store; the file may be damaged or written by another program. */
export function parseCachedDevice(found: unknown): CachedDevice | undefined {
  if (!isObject(found)) return undefined;
  const { id, layout, quirks } = found;
  const read = parseLayout(layout);
  return {
    deviceId: typeof id === "string" && id !== "" ? id : null,
    layout: read ?? null,
    learned: parseQuirks(quirks),
  };
}

const ENDS: readonly ChainEnd[] = [
  "end-model",
  "exception",
  "id-zero",
  "limit-models",
  "limit-registers",
  "limit-address",
  "no-answer",
];

function parseLayout(found: unknown): DeviceLayout | undefined {
  if (!isObject(found)) return undefined;
  const { unitId, functionCode, base, models, end, identity, oddities } = found;
  if (!isWhole(unitId, 0, 255) || !isWhole(base, 0, 65_533)) return undefined;
  if (!isReadFunction(functionCode)) return undefined;
  const chainEnd = ENDS.find((known) => known === end);
  const chain = parseModels(models, base + 2);
  const parsedIdentity = parseIdentity(identity);
  if (chainEnd === undefined || chain === undefined || parsedIdentity === undefined) {
    return undefined;
  }
  if (!Array.isArray(oddities) || !oddities.every(isText)) return undefined;
  return {
    unitId,
    functionCode,
    base,
    models: chain,
    end: chainEnd,
    identity: parsedIdentity,
    oddities,
  };
}

/** Validates a chain: it begins at `start` and has no gaps, like every chain that discovery returns. */
function parseModels(found: unknown, start: number): ModelLocation[] | undefined {
  if (!Array.isArray(found)) return undefined;
  if (found.length === 0 || found.length > CHAIN_LIMITS.modelsMax) return undefined;
  const models: ModelLocation[] = [];
  let next = start;
  for (const model of found) {
    if (!isObject(model)) return undefined;
    const { id, address, length } = model;
    if (!isWhole(id, 1, MODEL_ID_MAX) || address !== next) return undefined;
    if (!isWhole(length, 0, 65_535 - next)) return undefined;
    models.push({ id, address: next, length });
    next += MODEL_HEADER_SIZE + length;
  }
  return models;
}

function parseIdentity(found: unknown): Identity | undefined {
  if (!isObject(found)) return undefined;
  const { manufacturer, model, options, firmware, serial } = found;
  if (
    !isTextOrNull(manufacturer) || !isTextOrNull(model) || !isTextOrNull(options) ||
    !isTextOrNull(firmware) || !isTextOrNull(serial)
  ) return undefined;
  return { manufacturer, model, options, firmware, serial };
}

function isText(found: unknown): found is string {
  return typeof found === "string";
}

function isTextOrNull(found: unknown): found is string | null {
  return found === null || isText(found);
}

function isReadFunction(found: unknown): found is ReadFunction {
  return found === 3 || found === 4;
}

function isWhole(found: unknown, min: number, max: number): found is number {
  return typeof found === "number" && Number.isInteger(found) && found >= min &&
    found <= max;
}
