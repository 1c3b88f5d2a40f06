/**
 * How `queue` is called.
 *
 * @module
 */

import {
  argument,
  type Command,
  declareCommand,
  FILE,
  flag,
  option,
  optionWithDefault,
} from "../framework/command.ts";
import { durationMs, oneOf, wholeNumber } from "../framework/option_values.ts";

/** How many rows `queue peek` shows unless told otherwise. */
const PEEK_COUNT = 10;

/** `queue`. */
export const QUEUE: Command = declareCommand({
  name: "queue",
  summary: "look into the buffer, or mend it",
  details: [
    "To look: stats says what waits: rows, bytes, the oldest, and when it is full. peek shows the oldest rows, decoded. export writes all rows into Avro object container files, one a schema; they stay in the buffer. verify checks every row, its checksum and that its schema can read it, and SQLite's own structure unless an agent uses the file. These four never change the file and may run beside the agent.",
    "To mend: purge gives up rows older than a time; what it gives up is announced as a gap by the next start. salvage takes what can still be read of a file that was put aside, because it was damaged (queue.db.damaged-...) or after crashes (queue.db.aside-...), back into the buffer. These two refuse while an agent holds the buffer.",
  ],
  parameters: {
    action: argument(
      "<ACTION>",
      "what to do",
      oneOf("stats", "peek", "export", "verify", "purge", "salvage"),
    ),
    config: option(
      "--config <FILE>",
      "the agent's configuration, which names the buffer",
      FILE,
    ),
    path: option(
      "--path <FILE>",
      "the buffer's file itself, in place of --config",
      FILE,
    ),
    count: optionWithDefault("--count <N>", "peek: how many rows", {
      parse: wholeNumber(1, 100_000),
    }, PEEK_COUNT),
    output: option("-o, --output <FOLDER>", "export: where the files go", FILE),
    olderThan: option(
      "--older-than <TIME>",
      "purge: the age from which on, such as 30d",
      {
        parse: durationMs,
      },
    ),
    from: option("--from <FILE>", "salvage: the damaged file", FILE),
    json: flag("--json", "print JSON (docs/schemas/queue.schema.json)"),
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
    ok: "done; verify: every row is whole",
    failure: "the file cannot be read or written; verify: something is wrong",
    unavailable: "purge and salvage: an agent holds the buffer",
    config: "the configuration is wrong",
  },
  async run(given, io) {
    const { queue } = await import("./queue.ts");
    return await queue(given, io);
  },
});
