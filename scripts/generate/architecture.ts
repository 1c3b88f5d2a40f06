/**
 * Draws the diagram of `docs/architecture.md` from the imports of the sources.
 *
 * @module
 */

import { readImports } from "../checks/imports.ts";

const DOCUMENT = new URL("../../docs/architecture.md", import.meta.url);
const BEGIN = "<!-- generated: layers -->";
const END = "<!-- end: layers -->";

/** Imported by nearly all layers: their arrows would hide the others. */
const EVERYWHERE = new Set(["base", "models", "deno.json"]);
/** Layers whose arrows are left out: they import nearly every other layer. */
const TOP = new Set(["agent", "cli", "diagnostics", "testing"]);

/** Writes the diagram, or reports that it is out of date. */
export async function generateArchitecture(mode: "write" | "check"): Promise<string[]> {
  const text = await Deno.readTextFile(DOCUMENT);
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    return [`docs/architecture.md has no section ${BEGIN} ... ${END}`];
  }
  const made = `${before}${BEGIN}\n\n${await diagram()}\n${END}${after}`;
  if (mode === "write") await Deno.writeTextFile(DOCUMENT, made);
  return mode === "write" || made === text
    ? []
    : ["docs/architecture.md is out of date"];
}

async function diagram(): Promise<string> {
  const { imports } = await readImports();
  const arrows = new Set<string>();
  for (const { layer, targetLayer: other } of imports) {
    if (other === undefined || TOP.has(layer) || EVERYWHERE.has(other)) continue;
    if (other !== layer) arrows.add(`${layer} --> ${other}`);
  }
  return [
    "```mermaid",
    "flowchart TD",
    ...[...arrows].sort().map((arrow) => `  ${arrow}`),
    "```",
    "",
    'An arrow means "imports". `base` and `models`, which nearly every layer imports, are',
    "left out, as are the arrows of `agent`, `diagnostics`, `cli` and `testing`, which import",
    "nearly every layer below them.",
    "",
  ].join("\n");
}
