/**
 * Fails if a layer imports a layer that the table does not allow, and on any
 * import cycle between files. The table is the architecture: layers stand in
 * order, lowest first, and a layer imports only lower ones.
 *
 * @module
 */

import { ADAPTERS } from "./adapters.ts";
import { findCycles } from "./cycles.ts";
import { type Import, readImports } from "./imports.ts";

/** What each layer may import besides itself, lowest layer first. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ["base"],
  platform: ["base"],
  modbus: ["base"],
  sunspec: ["base", "models"],
  device: ["base", "modbus", "sunspec"],
  discovery: ["base", "modbus", "sunspec", "device"],
  poller: ["base", "modbus", "sunspec", "device", "discovery"],
  records: ["base", "models", "sunspec", "device", "poller"],
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

/** May import every layer, except that nothing but tests imports `testing`. */
const TOP: readonly string[] = ["cli", "testing"];

const ORDER = [...Object.keys(LAYERS), ...TOP];

function layerFault(
  { path, layer, specifier, targetLayer }: Import,
): string | undefined {
  if (targetLayer === undefined || targetLayer === layer) return undefined;
  if (targetLayer === "testing") {
    return `${path} imports ${specifier}: only tests import src/testing`;
  }
  if (TOP.includes(layer)) {
    return ORDER.indexOf(targetLayer) > ORDER.indexOf(layer)
      ? `${path} imports ${specifier}, but ${layer} is below ${targetLayer}`
      : undefined;
  }
  return LAYERS[layer]?.includes(targetLayer)
    ? undefined
    : `${path} imports ${specifier}, but ${layer} may not import ${targetLayer}`;
}

/** The table itself: a layer names only lower layers. */
function tableFaults(): string[] {
  return Object.entries(LAYERS).flatMap(([layer, allowed]) =>
    allowed
      .filter((other) =>
        other !== "models" && ORDER.indexOf(other) >= ORDER.indexOf(layer)
      )
      .map((other) => `the table lets ${layer} import ${other}, which is not below it`)
  );
}

const { files, imports } = await readImports();
const faults = tableFaults();
for (const path of files) {
  const layer = path.split("/")[1] ?? "";
  if (!ORDER.includes(layer)) faults.push(`${path} is in a layer that the table lacks`);
}
for (const imported of imports) {
  const fault = layerFault(imported);
  if (fault !== undefined) faults.push(fault);
}
for (const cycle of findCycles(imports)) {
  faults.push(`import cycle: ${cycle.join(" -> ")}`);
}
for (const adapter of ADAPTERS) {
  if (!files.includes(adapter)) {
    faults.push(`${adapter} is a listed adapter but does not exist`);
  }
}

await Deno.stdout.write(new TextEncoder().encode(
  `${imports.length} imports checked, ${faults.length} faults\n${
    faults.map((fault) => `${fault}\n`).join("")
  }`,
));
if (faults.length > 0) Deno.exit(1);
