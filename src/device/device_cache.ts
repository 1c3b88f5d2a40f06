/**
 * What is remembered of units across restarts: what they are called, how they
 * are laid out and what they need. It is a cache: any of it may be lost, and
 * nothing of it is believed before the device has confirmed it.
 *
 * @module
 */

import type { ReadFunction } from "../modbus/reader.ts";
import { CHAIN_LIMITS, type ChainEnd, type ModelAt } from "../sunspec/chain.ts";
import type { DeviceLayout, Identity } from "./layout.ts";
import { nameQuirks, parseQuirks, type Quirks } from "./quirks.ts";

/** What is remembered of one unit. */
export interface Remembered {
  /** The id that was derived from its identity; null = none was. */
  readonly deviceId: string | null;
  /** As its last good poll confirmed it; null = not known. */
  readonly layout: DeviceLayout | null;
  /** What the agent found out. */
  readonly learned: Quirks;
}

/** The memory, by `host:port/unit`. */
export interface DeviceMemory {
  get(key: string): Remembered | undefined;
  /** Remembers; it never waits and never fails. */
  set(key: string, remembered: Remembered): void;
  forget(key: string): void;
  /** The keys of every unit that is remembered. */
  keys(): readonly string[];
}

/** Where a memory keeps its entries: a file, or a map in a test. Values are plain JSON. */
export interface MemoryStore {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  keys(): Iterable<string>;
}

/** Makes a memory on a store; an entry that makes no sense counts as not there. */
export function createDeviceMemory(store: MemoryStore): DeviceMemory {
  return {
    get: (key) => parseRemembered(store.get(key)),
    set(key, { deviceId, layout, learned }) {
      store.set(key, { id: deviceId, layout, quirks: nameQuirks(learned) });
    },
    forget: (key) => store.delete(key),
    keys: () => [...store.keys()],
  };
}

/** Reads an entry of the store, which may come from a damaged or a foreign file. */
export function parseRemembered(found: unknown): Remembered | undefined {
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
  const who = parseIdentity(identity);
  if (chainEnd === undefined || chain === undefined || who === undefined) {
    return undefined;
  }
  if (!Array.isArray(oddities) || !oddities.every(isText)) return undefined;
  return {
    unitId,
    functionCode,
    base,
    models: chain,
    end: chainEnd,
    identity: who,
    oddities,
  };
}

/** A chain without holes that begins at `start`, as every chain that was walked. */
function parseModels(found: unknown, start: number): ModelAt[] | undefined {
  if (!Array.isArray(found)) return undefined;
  if (found.length === 0 || found.length > CHAIN_LIMITS.modelsMax) return undefined;
  const models: ModelAt[] = [];
  let next = start;
  for (const model of found) {
    if (!isObject(model)) return undefined;
    const { id, address, length } = model;
    if (!isWhole(id, 1, 65_534) || address !== next) return undefined;
    if (!isWhole(length, 0, 65_535 - next)) return undefined;
    models.push({ id, address: next, length });
    next += 2 + length;
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

function isObject(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
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
