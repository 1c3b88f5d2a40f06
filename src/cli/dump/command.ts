/**
 * Declaration of the command `dump`.
 *
 * @module
 */

import {
  argument,
  type Command,
  declareCommand,
  FILE,
  flagOption,
  requiredOption,
} from "../framework/command.ts";
import { deviceAddress } from "../framework/option_values.ts";
import { baseOption, timeoutOption, unitOption } from "../framework/device_options.ts";

/** The command `dump`. */
export const DUMP_COMMAND: Command = declareCommand({
  name: "dump",
  summary: "Write a device's registers to a file, to attach it to a report",
  details: [
    "The file contains the registers of the whole model chain, the time of each request, and the deviations from the specification. Serial numbers, MAC addresses and similar identifiers are masked, including copies of them in other registers; passwords are always masked. Show the dump with `sunspec-collector read FILE`; simulate the device with `sunspec-collector simulate FILE`.",
  ],
  parameters: {
    address: argument("<HOST[:PORT]>", "The device (default port: 502)", {
      parse: deviceAddress,
      completion: "host",
    }),
    output: requiredOption("-o, --output <FILE>", "Output file; - for stdout", FILE),
    unitId: unitOption(),
    base: baseOption(),
    timeoutMs: timeoutOption(3),
    keepSerials: flagOption("--keep-serials", "Do not mask serial numbers"),
    force: flagOption("--force", "Overwrite an existing file"),
  },
  examples: [
    "dump 192.168.10.21 -o inverter.json",
    "dump 192.168.10.21 --unit 126 --keep-serials -o -",
  ],
  exits: {
    ok: "The dump is complete",
    failure: "The dump is incomplete or could not be written; stderr states the reason",
    unavailable: "No device was found",
  },
  async run(values, io) {
    const { dump } = await import("./dump.ts");
    return await dump(values, io);
  },
});
