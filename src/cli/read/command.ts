/**
 * Declaration of the command `read`.
 *
 * @module
 */

import {
  argument,
  type Command,
  declareCommand,
  flagOption,
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

/** Default interval of `--watch`. */
const INTERVAL_MS = 2_000;

/** The command `read`. */
export const READ_COMMAND: Command = declareCommand({
  name: "read",
  summary: "Read a device or a dump and show all values",
  details: [
    "Shows every model and point, scaled, with units and names of states, and the records that the agent would create. Points that the device does not implement are omitted unless --all is given.",
  ],
  parameters: {
    source: argument(
      "<HOST[:PORT]|FILE>",
      "A device (default port: 502) or the file of a dump: a path that has a slash or ends in .json",
      { parse: deviceSource, completion: "host" },
    ),
    unitId: option(
      "--unit <N>",
      "Modbus unit id of the device (default: 1, or that of the dump)",
      {
        parse: wholeNumber(0, 255),
      },
    ),
    base: baseOption(),
    models: optionWithDefault(
      "--model <ID,...>",
      "Read only these models",
      { parse: modelList },
      [],
      "all",
    ),
    all: flagOption("--all", "Also show points that the device does not implement"),
    watch: flagOption(
      "--watch",
      "Read repeatedly and mark changed values; requires a terminal",
    ),
    intervalMs: optionWithDefault(
      "--interval <TIME>",
      "Time between two reads of --watch",
      { parse: durationMs },
      INTERVAL_MS,
      "2s",
    ),
    timeoutMs: timeoutOption(3),
    modelsDir: modelsDirOption(),
    json: flagOption("--json", "Print one JSON object (docs/schemas/read.schema.json)"),
  },
  examples: [
    "read 192.168.10.21 --unit 1",
    "read inverter.lan:1502 --unit 126 --model 103,160 --watch",
    "read 192.168.10.21 --base 40000 --json",
    "read 192.168.10.21 --models-dir /etc/sunspec-collector/models",
    "read ./inverter.json --all",
  ],
  exits: {
    ok: "Everything was read",
    failure:
      "The device is not a SunSpec device or stopped responding, or the file is not a dump",
    unavailable: "The device could not be reached or does not respond",
    config: "A definition in --models-dir is invalid",
  },
  async run(values, io) {
    const { read } = await import("./read.ts");
    return await read(values, io);
  },
});
