/**
 * How `dump` is called.
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
  requiredOption,
} from "../command.ts";
import { deviceAddress, durationMs, wholeNumber } from "../option_values.ts";

const TIMEOUT_MS = 3_000;

/** `dump`. */
export const DUMP: Command = declareCommand({
  name: "dump",
  summary: "write a device's registers into a file, to be attached to a report",
  details: [
    "The file holds the registers of the whole chain, how long each request took, and what was odd. Serial numbers, MAC addresses and the like are masked, also where their texts stand elsewhere; passwords always are. `read FILE` shows it, `simulate FILE` plays it.",
  ],
  parameters: {
    address: argument("<HOST[:PORT]>", "the device; port 502 unless given", {
      parse: deviceAddress,
      completion: "host",
    }),
    output: requiredOption("-o, --output <FILE>", "where to write; - is stdout", FILE),
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
    keepSerials: flag("--keep-serials", "leave serial numbers as they are"),
    force: flag("--force", "write over a file that is there"),
  },
  examples: [
    "dump 192.168.10.21 -o inverter.json",
    "dump 192.168.10.21 --unit 126 --keep-serials -o -",
  ],
  exits: {
    ok: "the dump is whole",
    failure: "it is not whole, or could not be written; why is on stderr",
    unavailable: "no device was found there",
  },
  async run(given, io) {
    const { dump } = await import("../dump.ts");
    return await dump(given, io);
  },
});
