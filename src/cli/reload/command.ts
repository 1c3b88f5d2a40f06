/**
 * How `reload` is called.
 *
 * @module
 */

import { type Command, declareCommand, flag } from "../framework/command.ts";
import { configFile } from "../framework/config_option.ts";

/** `reload`. */
export const RELOAD: Command = declareCommand({
  name: "reload",
  summary: "have the running agent follow its changed configuration",
  details: [
    "The file is checked first; one with faults changes nothing. Devices that are the same in both files are not touched. What can only change at a restart keeps its value and is named.",
    "The agent is found by the socket beside its buffer (buffer.path). SIGHUP asks it for the same, without an answer.",
  ],
  parameters: {
    config: configFile(),
    json: flag(
      "--json",
      "print what came of it as one JSON object (docs/schemas/reload.schema.json)",
    ),
  },
  examples: [
    "reload --config /etc/sunspec-collector/config.toml",
    "reload --config plant7.toml --json",
  ],
  exits: {
    ok: "the agent follows the file, but for what it names as waiting for a restart",
    unavailable: "no agent could be asked",
    config: "the file has faults; the old configuration stays in force",
  },
  async run(given, io) {
    const { reload } = await import("./reload.ts");
    return await reload(given, io);
  },
});
