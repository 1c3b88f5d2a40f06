/**
 * List of the generators of all committed generated files.
 *
 * @module
 */

import { generateArchitecture } from "./architecture.ts";
import { generateAvro } from "./avro.ts";
import { generateCommandTexts } from "./command_texts.ts";
import { generateModels } from "./models.ts";
import { generateReference } from "./reference.ts";

/** Writes or checks the files of a generator; returns faults as text. */
export type Generate = (mode: "write" | "check") => Promise<string[]>;

/** Generators by name, in the order of their dependencies. */
export const GENERATORS: readonly (readonly [string, Generate])[] = [
  ["models", generateModels],
  ["models/avro", generateAvro],
  ["docs", generateReference],
  ["docs/architecture", generateArchitecture],
  ["man page and completion", generateCommandTexts],
];
