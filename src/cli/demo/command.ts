/**
 * Declaration of the command `demo`.
 *
 * @module
 */

import {
  type Command,
  declareCommand,
  flagOption,
  FOLDER,
  option,
  optionWithDefault,
} from "../framework/command.ts";
import {
  brokerList,
  choiceOf,
  durationMs,
  sizeBytes,
  wholeNumber,
} from "../framework/option_values.ts";

/** The command `demo`. */
export const DEMO_COMMAND: Command = declareCommand({
  name: "demo",
  summary: "Simulate a small plant, collect its readings and show a live table",
  parameters: {
    brokers: option(
      "--brokers <HOST:PORT,...>",
      "Send to Kafka instead of writing files",
      {
        parse: brokerList,
      },
    ),
    durationMs: option(
      "--duration <TIME>",
      "End after this time, such as 15s (default: run until Ctrl-C)",
      { parse: durationMs },
    ),
    dataDir: option(
      "--data-dir <DIR>",
      "Folder for the buffer, the files and the configuration (default: sunspec-demo)",
      FOLDER,
    ),
    inverters: optionWithDefault("--inverters <N>", "Number of inverters", {
      parse: wholeNumber(1, 100),
    }, 3),
    maxBytes: option("--max-bytes <SIZE>", "Size limit of the buffer, such as 1MiB", {
      parse: sizeBytes,
    }),
    uplink: optionWithDefault(
      "--uplink <KIND>",
      "Destination of the records without --brokers; none = keep them in the buffer",
      choiceOf("files", "none"),
      "files",
    ),
    json: flagOption(
      "--json",
      "Print one JSON object at the end instead of the table (docs/schemas/demo.schema.json)",
    ),
  },
  examples: [
    "demo",
    "demo --duration 15s --json",
    "demo --brokers kafka1.example:9092 --data-dir /tmp/demo",
  ],
  exits: {
    ok: "All records were delivered",
    failure:
      "Records were dropped or not delivered, the folder is not writable, or the agent failed",
    unavailable: "The topics could not be created at the brokers",
    config: "The options result in an invalid configuration",
  },
  async run({ brokers, ...rest }, io) {
    const { demo } = await import("./demo.ts");
    return await demo({ brokers: brokers ?? [], ...rest }, io);
  },
});
