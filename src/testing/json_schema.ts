/**
 * Holds what commands print with `--json` against the schemas in `docs/schemas`,
 * by an independent validator (Python's jsonschema).
 *
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import { askPython } from "../../tests/records/python.ts";

/** An output, and the schema that it must meet: `scan` is docs/schemas/scan.schema.json. */
export interface SchemaCase {
  readonly schema: string;
  readonly text: string;
}

/** Fails if an output does not meet its schema. */
export async function meetSchemas(cases: readonly SchemaCase[]): Promise<void> {
  const folder = new URL("../../docs/schemas/", import.meta.url).pathname;
  const question = cases.map(({ schema, text }) => ({
    schema: `${folder}${schema}.schema.json`,
    text,
  }));
  deepStrictEqual(await askPython("tests/cli/schemas_check.py", question), []);
}
