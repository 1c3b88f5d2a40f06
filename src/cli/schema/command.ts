/**
 * Declaration of the command `schema`.
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

/** The command `schema`. */
export const SCHEMA_COMMAND: Command = declareCommand({
  name: "schema",
  summary: "Print the Avro schemas of the records",
  parameters: {
    name: optionalArgument(
      "[NAME]",
      "Record type, such as NormalizedInverterData (default: all)",
      TEXT,
    ),
    modelsDir: modelsDirOption(),
  },
  examples: [
    "schema",
    "schema NormalizedInverterData",
    "schema SunSpecModel103",
    "schema SunSpecModel64999 --models-dir /etc/sunspec-collector/models",
  ],
  exits: {
    ok: "The schemas were printed",
    config: "A definition in --models-dir is invalid",
  },
  async run(values, io) {
    const { schema } = await import("./schema.ts");
    return await schema(values, io);
  },
});
