/**
 * Declaration of the command `run`.
 *
 * @module
 */

import { type Command, declareCommand } from "../framework/command.ts";
import { configOption } from "../framework/config_option.ts";

/** The command `run`. */
export const RUN_COMMAND: Command = declareCommand({
  name: "run",
  summary: "Run the agent until SIGTERM or SIGINT",
  details: [
    "The agent logs to stderr: as text on a terminal and under systemd, as JSON elsewhere, unless log.format is set. Under systemd it reports its readiness and status and triggers the watchdog.",
  ],
  parameters: { config: configOption() },
  examples: ["run --config /etc/sunspec-collector/config.toml"],
  exits: {
    ok: "Ended by a signal; records in the buffer are sent after the next start",
    failure: "The buffer cannot be opened",
    unavailable: "Another process uses the buffer",
    config: "The configuration is invalid; nothing was started",
  },
  async run(values, io) {
    const { run } = await import("./run.ts");
    return await run(values, io);
  },
});
