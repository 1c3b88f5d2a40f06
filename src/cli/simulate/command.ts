/**
 * How `simulate` is called.
 *
 * @module
 */

import { PLANTS } from "../../simulator/plant/plants.ts";
import {
  argumentList,
  type Command,
  declareCommand,
  FILE,
  flag,
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
import { describeFaults, ORDER_FORM, parseFaultOrder } from "./faults.ts";

/** The other usual port of Modbus TCP: 502 needs root. */
const PORT = 1502;
const DAY_MS = 86_400_000;
const START_MS = 9.5 * 3_600_000;

/** `simulate`. */
export const SIMULATE: Command = declareCommand({
  name: "simulate",
  summary: "play devices from dumps, or a built-in plant, as Modbus TCP servers",
  details: [
    "A FILE is a dump (JSON), as `dump` writes it. Each device gets an address of its own, on ports that follow each other.",
    `Built-in plants: ${
      Object.entries(PLANTS).map(([name, { says }]) => `${name} (${says})`).join("; ")
    }.`,
    `A fault is written ${ORDER_FORM}. It holds for all devices, or for the device or address that it names.`,
    `Faults of answers: ${
      describeFaults("answers")
    }. The first that applies to a request wins; each can be kept to a share of the requests, such as drop,10%, or to a number of times, such as silent,3x.`,
    `Faults of an address: ${describeFaults("address")}.`,
    `Faults in the registers: ${describeFaults("registers")}.`,
  ],
  parameters: {
    sources: argumentList("<FILE|PLANT...>", "dumps and built-in plants", FILE),
    port: optionWithDefault(
      "--port <N>",
      "port of the first address; 0 = any free port for each",
      { parse: wholeNumber(0, 65_535) },
      PORT,
    ),
    bind: optionWithDefault(
      "--bind <ADDRESS>",
      "where it listens; 0.0.0.0 = on every interface",
      { parse: hostName },
      "127.0.0.1",
    ),
    gateway: flag("--gateway", "all devices as units behind one address"),
    faults: optionList("--fault <FAULT>", "what goes wrong; may be given again", {
      parse: asResult(parseFaultOrder),
    }),
    dayMs: optionWithDefault(
      "--day <TIME>",
      "how long a day of a built-in plant takes, such as 6min",
      { parse: durationMs },
      DAY_MS,
      "24h",
    ),
    startMs: optionWithDefault(
      "--start <HH:MM>",
      "the time of day in a built-in plant at the start",
      { parse: dayTime },
      START_MS,
      "09:30",
    ),
    durationMs: option("--duration <TIME>", "end by itself after this, such as 60s", {
      parse: durationMs,
    }),
    json: flag(
      "--json",
      "print where each device listens as one JSON object (docs/schemas/simulate.schema.json)",
    ),
    toml: flag("--toml", "print the [[devices]] blocks of a configuration"),
  },
  examples: [
    "simulate demo",
    "simulate inverter.json meter.json --port 15020 --gateway",
    "simulate demo --fault delay=200ms --fault inverter-1:exception=4,10%",
    "simulate demo --toml > devices.toml",
  ],
  exits: {
    ok: "it was stopped, or its time was over",
    failure: "a dump cannot be read, or a port cannot be had",
  },
  async run(given, io) {
    const { simulate } = await import("./simulate.ts");
    return await simulate(given, io);
  },
});
