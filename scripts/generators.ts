/**
 * Everything that is generated and committed, in one list.
 *
 * @module
 */

import { generateArchitecture } from "./generate_architecture.ts";
import { generateAvro } from "./generate_avro.ts";
import { generateCommandTexts } from "./generate_command_texts.ts";
import { generateModels } from "./generate_models.ts";
import { generateReference } from "./generate_reference.ts";

/** Writes the files, or reports what differs from them; returns faults in words. */
export type Generate = (mode: "write" | "check") => Promise<string[]>;

/** By name, in the order in which they depend on each other. */
export const GENERATORS: readonly (readonly [string, Generate])[] = [
  ["models", generateModels],
  ["models/avro", generateAvro],
  ["docs", generateReference],
  ["docs/architecture", generateArchitecture],
  ["man page and completion", generateCommandTexts],
];
