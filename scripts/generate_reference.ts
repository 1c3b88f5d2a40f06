/**
 * Writes the references from the declarations: the configuration and its JSON
 * Schema, the metrics, the events.
 *
 * @module
 */

import { renderJsonSchema } from "../src/config/json_schema.ts";
import { renderReference } from "../src/config/reference.ts";
import {
  renderEventsReference,
  renderMetricsReference,
} from "../src/observe/reference.ts";

const DOCS = new URL("../docs/", import.meta.url);

/** Writes the files, or says which is not what it should be. */
export async function generateReference(mode: "write" | "check"): Promise<string[]> {
  const faults: string[] = [];
  for (
    const [name, text] of [
      ["configuration.md", renderReference()],
      ["configuration.schema.json", renderJsonSchema()],
      ["metrics.md", renderMetricsReference()],
      ["events.md", renderEventsReference()],
    ] as const
  ) {
    const url = new URL(name, DOCS);
    if (mode === "write") await Deno.writeTextFile(url, text);
    else if (await Deno.readTextFile(url).catch(() => "") !== text) {
      faults.push(`docs/${name} is out of date`);
    }
  }
  return faults;
}
