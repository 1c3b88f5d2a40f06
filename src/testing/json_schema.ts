/**
 * Validates the `--json` output of commands against the schemas in `docs/schemas` with an
 * independent validator (Python's jsonschema).
 *
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import { runPython } from "./python.ts";

/** An output and its schema: `scan` is docs/schemas/scan.schema.json. */
export interface SchemaCase {
  readonly schema: string;
  readonly text: string;
}

/** Fails if an output does not conform to its schema. */
export async function assertSchemas(cases: readonly SchemaCase[]): Promise<void> {
  const folder = new URL("../../docs/schemas/", import.meta.url).pathname;
  const documents = cases.map(({ schema, text }) => ({
    schema: `${folder}${schema}.schema.json`,
    text,
  }));
  deepStrictEqual(await runPython("tests/cli/schemas_check.py", documents), []);
}
