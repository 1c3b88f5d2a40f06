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
  requiredOption,
} from "../framework/command.ts";
import { deviceAddress } from "../framework/option_values.ts";
import { baseOption, timeoutOption, unitOption } from "../framework/device_options.ts";

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
    unitId: unitOption(),
    base: baseOption(),
    timeoutMs: timeoutOption(3),
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
    const { dump } = await import("./dump.ts");
    return await dump(given, io);
  },
});
