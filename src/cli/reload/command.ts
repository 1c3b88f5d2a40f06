/**
 * Declaration of the command `reload`.
 *
 * @module
 */

import { type Command, declareCommand, flagOption } from "../framework/command.ts";
import { configOption } from "../framework/config_option.ts";

/** The command `reload`. */
export const RELOAD_COMMAND: Command = declareCommand({
  name: "reload",
  summary: "Reload the configuration of the running agent",
  details: [
    "The file is checked first; a file with errors changes nothing. Devices with unchanged settings are not interrupted. Settings that require a restart keep their old value and are listed.",
    "The command reaches the agent through the socket beside its buffer (buffer.path). SIGHUP to the agent has the same effect, but reports the result only in the log.",
  ],
  parameters: {
    config: configOption(),
    json: flagOption(
      "--json",
      "Print the result as one JSON object (docs/schemas/reload.schema.json)",
    ),
  },
  examples: [
    "reload --config /etc/sunspec-collector/config.toml",
    "reload --config plant7.toml --json",
  ],
  exits: {
    ok:
      "The configuration is in effect, except for listed settings that require a restart",
    unavailable: "The agent could not be reached",
    config: "The file has errors; the old configuration stays in effect",
  },
  async run(values, io) {
    const { reload } = await import("./reload.ts");
    return await reload(values, io);
  },
});
