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
  FOLDER,
  option,
  optionWithDefault,
} from "../command.ts";
import { deviceAddress, durationMs, wholeNumber } from "../option_values.ts";

/** How long it waits for each answer unless told otherwise. */
const TIMEOUT_MS = 3_000;

/** `read`. */
export const READ: Command = declareCommand({
  name: "read",
  summary: "read a device once and print all its values",
  parameters: {
    address: argument("<HOST[:PORT]>", "the device; port 502 unless given", {
      parse: deviceAddress,
      completion: "host",
    }),
    unitId: optionWithDefault("--unit <N>", "its Modbus unit id", {
      parse: wholeNumber(0, 255),
    }, 1),
    base: option(
      "--base <ADDRESS>",
      "zero-based register address of its SunS marker (otherwise 40000, 50000 and 0 are tried)",
      { parse: wholeNumber(0, 65_533) },
    ),
    timeoutMs: optionWithDefault(
      "--timeout <TIME>",
      "how long to wait for each answer, such as 3s",
      { parse: durationMs },
      TIMEOUT_MS,
      "3s",
    ),
    modelsDir: option(
      "--models-dir <FOLDER>",
      "definitions of more models, JSON or SMDX (docs/definitions.md)",
      FOLDER,
    ),
    json: flag("--json", "print one JSON object"),
  },
  examples: [
    "read 192.168.10.21 --unit 1",
    "read inverter.lan:1502 --unit 126 --base 40000 --json",
    "read 192.168.10.21 --models-dir /etc/sunspec-collector/models",
  ],
  exits: {
    ok: "everything was read",
    failure: "it answers, and is no SunSpec device or breaks off",
    unavailable: "it could not be reached, or does not answer",
    config: "a definition of --models-dir is wrong",
  },
  async run({ address, ...rest }, io) {
    const { read } = await import("../read.ts");
    return await read({ ...address, ...rest }, io);
  },
});
