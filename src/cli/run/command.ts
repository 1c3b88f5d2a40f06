/**
 * How `run` is called.
 *
 * @module
 */

import { type Command, declareCommand } from "../framework/command.ts";
import { configFile } from "../framework/config_option.ts";

/** `run`. */
export const RUN: Command = declareCommand({
  name: "run",
  summary: "run the agent until SIGTERM or SIGINT",
  details: [
    "It logs to stderr: as lines for people on a terminal, as JSON elsewhere. Under systemd it says when it is ready and feeds the watchdog.",
  ],
  parameters: { config: configFile() },
  examples: ["run --config /etc/sunspec-collector/config.toml"],
  exits: {
    ok: "a signal ended it; what is in the buffer waits for the next start",
    failure: "the buffer cannot be opened",
    unavailable: "another agent holds the buffer",
    config: "the configuration is wrong; nothing was started",
  },
  async run(given, io) {
    const { run } = await import("./run.ts");
    return await run(given, io);
  },
});
