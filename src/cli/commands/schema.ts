/**
 * How `schema` is called.
 *
 * @module
 */

import { type Command, declareCommand, optionalArgument, TEXT } from "../command.ts";

/** `schema`. */
export const SCHEMA: Command = declareCommand({
  name: "schema",
  summary: "print the Avro schemas of the records",
  parameters: {
    name: optionalArgument("[NAME]", "one record's schema alone", TEXT),
  },
  examples: ["schema", "schema NormalizedInverterData", "schema SunSpecModel103"],
  exits: { ok: "printed" },
  async run(given, io) {
    const { schema } = await import("../schema.ts");
    return await schema(given, io);
  },
});
