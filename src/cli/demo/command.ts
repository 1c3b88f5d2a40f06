/**
 * How `demo` is called.
 *
 * @module
 */

import {
  type Command,
  declareCommand,
  flag,
  FOLDER,
  option,
  optionWithDefault,
} from "../framework/command.ts";
import {
  brokerList,
  durationMs,
  oneOf,
  sizeBytes,
  wholeNumber,
} from "../framework/option_values.ts";

/** `demo`. */
export const DEMO: Command = declareCommand({
  name: "demo",
  summary: "play a small plant, collect it and show a live table",
  parameters: {
    brokers: option("--brokers <HOST:PORT,...>", "send to Kafka instead of files", {
      parse: brokerList,
    }),
    durationMs: option(
      "--duration <TIME>",
      "end by itself after this, such as 15s",
      { parse: durationMs },
    ),
    dataDir: option(
      "--data-dir <DIR>",
      "where buffer, files and configuration are written",
      FOLDER,
    ),
    inverters: optionWithDefault("--inverters <N>", "how many inverters to play", {
      parse: wholeNumber(1, 100),
    }, 3),
    maxBytes: option("--max-bytes <SIZE>", "bound of the buffer, such as 1MiB", {
      parse: sizeBytes,
    }),
    uplink: optionWithDefault(
      "--uplink <KIND>",
      "how readings leave; none = they are kept and never sent",
      oneOf("files", "none"),
      "files",
    ),
    json: flag(
      "--json",
      "print one JSON object at the end instead of the table (docs/schemas/demo.schema.json)",
    ),
  },
  examples: [
    "demo",
    "demo --duration 15s --json",
    "demo --brokers kafka1.example:9092 --data-dir /tmp/demo",
  ],
  exits: {
    ok: "it ended as it should",
    failure: "it cannot write where it was told to, or a part of it failed",
    unavailable: "the brokers could not be reached, or stayed away",
    config: "the options make no configuration",
  },
  async run({ brokers, ...rest }, io) {
    const { demo } = await import("./demo.ts");
    return await demo({ brokers: brokers ?? [], ...rest }, io);
  },
});
