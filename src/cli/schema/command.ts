/**
 * How `schema` is called.
 *
 * @module
 */

import {
  type Command,
  declareCommand,
  optionalArgument,
  TEXT,
} from "../framework/command.ts";
import { modelsDirOption } from "../framework/device_options.ts";

/** `schema`. */
export const SCHEMA: Command = declareCommand({
  name: "schema",
  summary: "print the Avro schemas of the records",
  parameters: {
    name: optionalArgument("[NAME]", "one record's schema alone", TEXT),
    modelsDir: modelsDirOption(),
  },
  examples: [
    "schema",
    "schema NormalizedInverterData",
    "schema SunSpecModel103",
    "schema SunSpecModel64999 --models-dir /etc/sunspec-collector/models",
  ],
  exits: { ok: "printed", config: "a definition of --models-dir is wrong" },
  async run(given, io) {
    const { schema } = await import("./schema.ts");
    return await schema(given, io);
  },
});
