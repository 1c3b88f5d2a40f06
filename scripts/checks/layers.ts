/**
 * The architecture: which layer imports which. Layers are listed lowest first,
 * and a layer imports only lower ones. Pure.
 *
 * @module
 */

import type { Import } from "./imports.ts";

/** What each layer may import besides itself, lowest layer first. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ["base"],
  platform: ["base"],
  modbus: ["base", "platform"],
  sunspec: ["base", "models"],
  device: ["base", "modbus", "sunspec"],
  discovery: ["base", "modbus", "sunspec", "device"],
  poller: ["base", "modbus", "sunspec", "device", "discovery"],
  records: ["base", "models", "sunspec", "poller"],
  buffer: ["base", "platform", "records"],
  uplink: ["base", "platform", "buffer"],
  observability: ["base"],
  diagnostics: [
    "base",
    "config",
    "platform",
    "modbus",
    "sunspec",
    "device",
    "discovery",
    "buffer",
    "uplink",
  ],
  simulator: ["base"],
  agent: [
    "base",
    "config",
    "platform",
    "modbus",
    "models",
    "sunspec",
    "device",
    "discovery",
    "poller",
    "records",
    "buffer",
    "uplink",
    "observability",
  ],
};

/**
 * The only import against the order: the generated models import the types of a definition
 * from this file. It must be type-only, so that there is no cycle at run time.
 */
export const MODEL_TYPES = "src/sunspec/definition/definition.ts";

/** Layers that may import every layer below them. Nothing but tests imports `testing`. */
const TOP_LAYERS: readonly string[] = ["cli", "main.ts", "testing"];

/** The manifest is data that every layer may import. */
const MANIFEST = "deno.json";

const ORDER = [...Object.keys(LAYERS), ...TOP_LAYERS];

/** One fault for each import that {@linkcode LAYERS} does not allow. */
export function importFaults(imports: readonly Import[]): string[] {
  return imports.map(importFault).filter((fault) => fault !== undefined);
}

function importFault(
  { path, layer, specifier, target, targetLayer, typeOnly }: Import,
): string | undefined {
  if (targetLayer === undefined || targetLayer === layer) return undefined;
  if (target === MANIFEST) return undefined;
  if (layer === "models") {
    return target === MODEL_TYPES && typeOnly
      ? undefined
      : `${path} imports ${specifier}: models may import only types of ${MODEL_TYPES}`;
  }
  if (targetLayer === "testing") {
    return `${path} imports ${specifier}: only tests, benchmarks and generators of test data import src/testing`;
  }
  if (target?.endsWith("_test.ts")) return `${path} imports the test ${specifier}`;
  if (TOP_LAYERS.includes(layer)) {
    if (!isProduct(targetLayer) && layer !== "testing") {
      return `${path} imports ${specifier}, which is outside src/ and models/`;
    }
    return ORDER.indexOf(targetLayer) > ORDER.indexOf(layer)
      ? `${path} imports ${specifier}, but ${layer} is below ${targetLayer}`
      : undefined;
  }
  return LAYERS[layer]?.includes(targetLayer)
    ? undefined
    : `${path} imports ${specifier}, but ${layer} may not import ${targetLayer}`;
}

function isProduct(layer: string): boolean {
  return layer === "models" || ORDER.includes(layer);
}

/** One fault for each file under `src/` whose folder is not a layer. */
export function placementFaults(files: readonly string[]): string[] {
  return files
    .filter((path) =>
      path.startsWith("src/") && !ORDER.includes(path.split("/")[1] ?? "")
    )
    .map((path) => `${path}: its folder is not a layer of scripts/checks/layers.ts`);
}

/** One fault for each layer of `table` that names a layer that is not below it. */
export function tableFaults(
  table: Readonly<Record<string, readonly string[]>> = LAYERS,
): string[] {
  const order = Object.keys(table);
  return Object.entries(table).flatMap(([layer, allowed]) =>
    allowed
      .filter((other) =>
        other !== "models" &&
        !order.slice(0, order.indexOf(layer)).includes(other)
      )
      .map((other) => `the table lets ${layer} import ${other}, which is not below it`)
  );
}
