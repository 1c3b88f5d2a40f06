/**
 * Declaration of the command `check`.
 *
 * @module
 */

import { type Command, declareCommand, flagOption } from "../framework/command.ts";
import { configOption } from "../framework/config_option.ts";

/** The command `check`. */
export const CHECK_COMMAND: Command = declareCommand({
  name: "check",
  summary: "Check a configuration without running it",
  parameters: {
    config: configOption(),
    json: flagOption(
      "--json",
      "Print the result as one JSON object (docs/schemas/check.schema.json)",
    ),
  },
  examples: [
    "check --config /etc/sunspec-collector/config.toml",
    "check --config plant7.toml --json",
  ],
  exits: {
    ok: "The configuration is valid; warnings are on stderr",
    config: "The configuration has errors; all of them are listed",
  },
  async run(values, io) {
    const { check } = await import("./check.ts");
    return await check(values, io);
  },
});
