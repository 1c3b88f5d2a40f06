/**
 * Declaration of the command `version`.
 *
 * @module
 */

import { type Command, declareCommand, flagOption } from "../framework/command.ts";

/** The command `version`. */
export const VERSION_COMMAND: Command = declareCommand({
  name: "version",
  summary: "Print the version",
  parameters: {
    json: flagOption(
      "--json",
      "Print one JSON object (docs/schemas/version.schema.json)",
    ),
  },
  examples: ["version", "version --json"],
  exits: { ok: "The version was printed" },
  async run(values, io) {
    const { version } = await import("./version.ts");
    return await version(values, io);
  },
});
