/**
 * Declaration of the command `simulate`.
 *
 * @module
 */

import { PLANTS } from "../../simulator/plant/plants.ts";
import {
  argumentList,
  type Command,
  declareCommand,
  FILE,
  flagOption,
  option,
  optionList,
  optionWithDefault,
} from "../framework/command.ts";
import {
  asResult,
  dayTime,
  durationMs,
  hostName,
  wholeNumber,
} from "../framework/option_values.ts";
import { describeFaults, FAULT_SYNTAX, parseFaultSpec } from "./fault_spec.ts";

/** A common alternative to port 502, which requires root. */
const PORT = 1502;
const DAY_MS = 86_400_000;
const START_MS = 9.5 * 3_600_000;

/** The command `simulate`. */
export const SIMULATE_COMMAND: Command = declareCommand({
  name: "simulate",
  summary: "Simulate devices from dumps or a built-in plant as Modbus TCP servers",
  details: [
    "A FILE is a dump (JSON) that `dump` has written. Each device listens on its own port, counted up from --port; devices behind a gateway of a built-in plant share one.",
    `Built-in plants: ${
      Object.entries(PLANTS).map(([name, { description }]) =>
        `${name} (${description})`
      ).join("; ")
    }.`,
    `The syntax of a fault is ${FAULT_SYNTAX}. It applies to all devices, or to the given device or address.`,
    `Response faults: ${
      describeFaults("responses")
    }. The first fault that matches a request is applied. A fault can be limited to a share of the requests, such as drop,10%, or to a number of requests, such as silent,3x.`,
    `Connection faults: ${describeFaults("address")}.`,
    `Register value faults: ${describeFaults("registers")}.`,
  ],
  parameters: {
    sources: argumentList("<FILE|PLANT...>", "Dumps and built-in plants", FILE),
    port: optionWithDefault(
      "--port <N>",
      "Port of the first address; 0 = a free port for each address",
      { parse: wholeNumber(0, 65_535) },
      PORT,
    ),
    bind: optionWithDefault(
      "--bind <ADDRESS>",
      "Address to listen on; 0.0.0.0 = all interfaces",
      { parse: hostName },
      "127.0.0.1",
    ),
    gateway: flagOption("--gateway", "Serve all devices as units of one address"),
    faults: optionList("--fault <FAULT>", "Fault to inject; can be repeated", {
      parse: asResult(parseFaultSpec),
    }),
    dayMs: optionWithDefault(
      "--day <TIME>",
      "Duration of a day of a built-in plant, such as 6min",
      { parse: durationMs },
      DAY_MS,
      "24h",
    ),
    startMs: optionWithDefault(
      "--start <HH:MM>",
      "Time of day of a built-in plant at the start",
      { parse: dayTime },
      START_MS,
      "09:30",
    ),
    durationMs: option(
      "--duration <TIME>",
      "End after this time, such as 60s (default: run until Ctrl-C)",
      {
        parse: durationMs,
      },
    ),
    json: flagOption(
      "--json",
      "Print the addresses of the devices as one JSON object (docs/schemas/simulate.schema.json)",
    ),
    toml: flagOption("--toml", "Print [[devices]] tables for a configuration"),
  },
  examples: [
    "simulate demo",
    "simulate inverter.json meter.json --port 15020 --gateway",
    "simulate demo --fault delay=200ms --fault inverter-1:exception=4,10%",
    "simulate demo --toml > devices.toml",
  ],
  exits: {
    ok: "Ended by a signal or after --duration",
    failure: "A dump cannot be read, or a port is not available",
  },
  async run(values, io) {
    const { simulate } = await import("./simulate.ts");
    return await simulate(values, io);
  },
});
