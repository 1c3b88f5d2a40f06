/**
 * How `version` is called.
 *
 * @module
 */

import { type Command, declareCommand, flag } from "../framework/command.ts";

/** `version`. */
export const VERSION: Command = declareCommand({
  name: "version",
  summary: "print the version",
  parameters: {
    json: flag("--json", "print one JSON object (docs/schemas/version.schema.json)"),
  },
  examples: ["version", "version --json"],
  exits: { ok: "printed" },
  async run(given, io) {
    const { version } = await import("./version.ts");
    return await version(given, io);
  },
});
