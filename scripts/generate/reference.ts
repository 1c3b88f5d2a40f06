/**
 * Writes the references from the declarations: configuration with its JSON Schema,
 * metrics and events.
 *
 * @module
 */

import { renderJsonSchema } from "../../src/config/reference/json_schema.ts";
import { renderReference } from "../../src/config/reference/markdown.ts";
import {
  renderEventsReference,
  renderMetricsReference,
} from "../../src/observability/reference.ts";
import { renewFiles } from "./renew_files.ts";

/** Writes the files, or lists those that are out of date. */
export async function generateReference(mode: "write" | "check"): Promise<string[]> {
  return await renewFiles(mode, {
    "docs/configuration.md": renderReference(),
    "docs/configuration.schema.json": renderJsonSchema(),
    "docs/metrics.md": renderMetricsReference(),
    "docs/events.md": renderEventsReference(),
  });
}
