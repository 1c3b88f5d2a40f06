/**
 * The command line of `queue`.
 *
 * @module
 */

import {
  argument,
  type Command,
  declareCommand,
  FILE,
  flagOption,
  option,
  optionWithDefault,
} from "../framework/command.ts";
import { choiceOf, durationMs, wholeNumber } from "../framework/option_values.ts";

/** Default number of rows of `queue peek`. */
const PEEK_COUNT = 10;

/** The command `queue`. */
export const QUEUE_COMMAND: Command = declareCommand({
  name: "queue",
  summary: "Inspect, export or repair the buffer",
  details: [
    "Read-only actions, also while the agent runs: stats shows the number, size and age of the rows and when the buffer will be full. peek shows the oldest rows, decoded. export writes all rows to Avro object container files, one per schema; the rows stay in the buffer. verify checks every row (checksum, schema) and, if no agent uses the file, its SQLite structure.",
    "Actions that change the buffer, only while no agent uses it: purge deletes rows older than a given age; the agent announces them as gaps at its next start. salvage copies the readable rows of a quarantined file back into the buffer: queue.db.damaged-... (damaged) or queue.db.aside-... (moved after repeated crashes).",
  ],
  parameters: {
    action: argument(
      "<ACTION>",
      "Action to run",
      choiceOf("stats", "peek", "export", "verify", "purge", "salvage"),
    ),
    config: option(
      "--config <FILE>",
      "Configuration file of the agent; contains the path of the buffer",
      FILE,
    ),
    path: option(
      "--path <FILE>",
      "Path of the buffer's file, instead of --config",
      FILE,
    ),
    count: optionWithDefault("--count <N>", "peek: number of rows", {
      parse: wholeNumber(1, 100_000),
    }, PEEK_COUNT),
    output: option("-o, --output <FOLDER>", "export: output folder", FILE),
    olderThan: option(
      "--older-than <TIME>",
      "purge: minimum age of the rows to delete, such as 30d",
      {
        parse: durationMs,
      },
    ),
    from: option("--from <FILE>", "salvage: path of the quarantined file", FILE),
    json: flagOption("--json", "Print JSON (docs/schemas/queue.schema.json)"),
  },
  examples: [
    "queue stats --config /etc/sunspec-collector/config.toml",
    "queue peek --path /var/lib/sunspec-collector/queue.db --count 3",
    "queue export --config config.toml -o /tmp/rows",
    "queue verify --config config.toml --json",
    "queue purge --config config.toml --older-than 30d",
    "queue salvage --config config.toml --from /var/lib/sunspec-collector/queue.db.damaged-20261125T120000Z",
  ],
  exits: {
    ok: "Success; verify: every row is valid",
    failure: "The file cannot be read or written; verify: a fault was found",
    unavailable: "An agent has the buffer open (purge, salvage)",
    config: "The configuration is invalid",
  },
  async run(values, io) {
    const { queue } = await import("./queue.ts");
    return await queue(values, io);
  },
});
