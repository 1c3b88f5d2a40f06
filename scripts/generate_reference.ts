/**
 * Writes the references from the declarations: the configuration and its JSON
 * Schema, the metrics, the events.
 *
 * @module
 */

import { renderJsonSchema } from "../src/config/reference/json_schema.ts";
import { renderReference } from "../src/config/reference/markdown.ts";
import {
  renderEventsReference,
  renderMetricsReference,
} from "../src/observability/reference.ts";
import { renewFiles } from "./renew_files.ts";

/** Writes the files, or says which is not what it should be. */
export async function generateReference(mode: "write" | "check"): Promise<string[]> {
  return await renewFiles(mode, {
    "docs/configuration.md": renderReference(),
    "docs/configuration.schema.json": renderJsonSchema(),
    "docs/metrics.md": renderMetricsReference(),
    "docs/events.md": renderEventsReference(),
  });
}
