/**
 * How `doctor` is called.
 *
 * @module
 */

import { AGENT_URL } from "../shared/agent_client.ts";
import {
  type Command,
  declareCommand,
  FILE,
  flag,
  option,
  optionalArgument,
  TEXT,
} from "../framework/command.ts";
import { deviceAddress } from "../framework/option_values.ts";
import { baseOption, timeoutOption, unitOption } from "../framework/device_options.ts";

/** `doctor`. */
export const DOCTOR: Command = declareCommand({
  name: "doctor",
  summary: "examine a device, or a whole installation, and say what to do",
  details: [
    "Of a device it measures answer times, the pause that it needs, the largest read and late answers, looks at chain, lengths, scale factors and clock, and prints the [[devices]] table with the settings that follow. It only reads, and takes three minutes at the most.",
    "Of an installation it looks, step by step, at configuration, permissions, disk, buffer, the way to the broker (name, TCP, TLS, login, topics, a record), clock and watchdog. It leaves nothing behind: in the buffer's folder it makes a file and removes it, to a topic it sends one record that is too large to be taken.",
  ],
  parameters: {
    address: optionalArgument(
      "[HOST]",
      "the device, HOST or HOST:PORT; port 502 unless given",
      {
        parse: deviceAddress,
        completion: "host",
      },
    ),
    config: option(
      "--config <FILE>",
      "examine the installation with this configuration",
      FILE,
    ),
    unitId: unitOption(),
    base: baseOption(),
    timeoutMs: timeoutOption(2),
    intrusive: flag(
      "--intrusive",
      "open several sessions at once: other clients of the device may lose theirs",
    ),
    force: flag("--force", "examine it though a running agent polls it"),
    agent: option(
      "--agent <URL>",
      `the agent whose devices are left alone (otherwise that at ${AGENT_URL}, if there is one)`,
      TEXT,
    ),
    json: flag("--json", "print one JSON object (docs/schemas/doctor.schema.json)"),
  },
  examples: [
    "doctor 192.168.10.21 --unit 126",
    "doctor 192.168.10.21 --intrusive --json",
    "doctor --config /etc/sunspec-collector/config.toml",
  ],
  exits: {
    ok: "the examination is complete; of an installation: nothing is bad",
    failure:
      "it broke off, an agent polls the device, or something else than below is bad",
    unavailable: "the device, or the broker, cannot be reached",
    config: "the configuration has faults",
  },
  async run(given, io) {
    const { doctor } = await import("./doctor.ts");
    return await doctor(given, io);
  },
});
