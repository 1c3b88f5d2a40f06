/**
 * How `check` is called.
 *
 * @module
 */

import { type Command, declareCommand, flag } from "../framework/command.ts";
import { configFile } from "../framework/config_option.ts";

/** `check`. */
export const CHECK: Command = declareCommand({
  name: "check",
  summary: "check a configuration without running it",
  parameters: {
    config: configFile(),
    json: flag(
      "--json",
      "print the faults as one JSON object (docs/schemas/check.schema.json)",
    ),
  },
  examples: [
    "check --config /etc/sunspec-collector/config.toml",
    "check --config plant7.toml --json",
  ],
  exits: {
    ok: "it is valid; warnings, if there are any, are on stderr",
    config: "it has faults; all of them are told",
  },
  async run(given, io) {
    const { check } = await import("./check.ts");
    return await check(given, io);
  },
});
