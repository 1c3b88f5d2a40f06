/**
 * How `read` is called.
 *
 * @module
 */

import {
  argument,
  type Command,
  declareCommand,
  flag,
  option,
  optionWithDefault,
} from "../framework/command.ts";
import {
  deviceSource,
  durationMs,
  modelList,
  wholeNumber,
} from "../framework/option_values.ts";
import {
  baseOption,
  modelsDirOption,
  timeoutOption,
} from "../framework/device_options.ts";

/** Between two looks of `--watch`. */
const INTERVAL_MS = 2_000;

/** `read`. */
export const READ: Command = declareCommand({
  name: "read",
  summary: "read a device, or a dump of one, and show all its values",
  details: [
    "Shown are every model and point, scaled, with units and names of states, and the records that an agent would make of them. What the device does not implement is left out unless --all is given.",
  ],
  parameters: {
    source: argument(
      "<HOST[:PORT]|FILE>",
      "the device, port 502 unless given; or a dump: a path with a slash, or that ends in .json",
      { parse: deviceSource, completion: "host" },
    ),
    unitId: option(
      "--unit <N>",
      "its Modbus unit id (default: 1, or that of the dump)",
      {
        parse: wholeNumber(0, 255),
      },
    ),
    base: baseOption(),
    models: optionWithDefault(
      "--model <ID,...>",
      "read only these models",
      { parse: modelList },
      [],
      "all",
    ),
    all: flag("--all", "show also what the device does not implement"),
    watch: flag("--watch", "look again and again and mark what changed; on a terminal"),
    intervalMs: optionWithDefault(
      "--interval <TIME>",
      "how often --watch looks",
      { parse: durationMs },
      INTERVAL_MS,
      "2s",
    ),
    timeoutMs: timeoutOption(3),
    modelsDir: modelsDirOption(),
    json: flag("--json", "print one JSON object (docs/schemas/read.schema.json)"),
  },
  examples: [
    "read 192.168.10.21 --unit 1",
    "read inverter.lan:1502 --unit 126 --model 103,160 --watch",
    "read 192.168.10.21 --base 40000 --json",
    "read 192.168.10.21 --models-dir /etc/sunspec-collector/models",
    "read ./inverter.json --all",
  ],
  exits: {
    ok: "everything was read",
    failure:
      "it answers, and is no SunSpec device or breaks off; or the file is no dump",
    unavailable: "it could not be reached, or does not answer",
    config: "a definition of --models-dir is wrong",
  },
  async run(given, io) {
    const { read } = await import("./read.ts");
    return await read(given, io);
  },
});
