/**
 * Declaration of the command `doctor`.
 *
 * @module
 */

import { AGENT_URL } from "../agent_client/agent_client.ts";
import {
  type Command,
  declareCommand,
  FILE,
  flagOption,
  option,
  optionalArgument,
  TEXT,
} from "../framework/command.ts";
import { deviceAddress } from "../framework/option_values.ts";
import { baseOption, timeoutOption, unitOption } from "../framework/device_options.ts";

/** The command `doctor`. */
export const DOCTOR_COMMAND: Command = declareCommand({
  name: "doctor",
  summary: "Check a device or an installation and recommend what to do",
  details: [
    "For a device, it measures response times, the pause needed between requests, the largest read and late responses. It checks the model chain, lengths, scale factors and clock, and prints the [[devices]] table with the recommended settings. It only reads and takes at most three minutes.",
    "For an installation, it checks configuration, permissions, disk, buffer, the connection to the broker (name, TCP, TLS, authentication, topics, writing), clock and watchdog. It leaves no files or records behind: it creates and removes a file in the buffer folder, and sends each topic one record that is too large to be accepted.",
  ],
  parameters: {
    address: optionalArgument(
      "[HOST]",
      "The device, HOST or HOST:PORT (default port: 502)",
      {
        parse: deviceAddress,
        completion: "host",
      },
    ),
    config: option(
      "--config <FILE>",
      "Check the installation with this configuration",
      FILE,
    ),
    unitId: unitOption(),
    base: baseOption(),
    timeoutMs: timeoutOption(2),
    intrusive: flagOption(
      "--intrusive",
      "Open several sessions at once; other clients of the device may lose their connections",
    ),
    force: flagOption(
      "--force",
      "Check the device even if a running agent is polling it",
    ),
    agent: option(
      "--agent <URL>",
      `URL of the agent whose devices are not checked (default: ${AGENT_URL}, if an agent is running there)`,
      TEXT,
    ),
    json: flagOption(
      "--json",
      "Print one JSON object (docs/schemas/doctor.schema.json)",
    ),
  },
  examples: [
    "doctor 192.168.10.21 --unit 126",
    "doctor 192.168.10.21 --intrusive --json",
    "doctor --config /etc/sunspec-collector/config.toml",
  ],
  exits: {
    ok: "The check completed; for an installation: no failures",
    failure:
      "The check was not completed, an agent is polling the device, or there are failures other than those below",
    unavailable: "The device or the broker is unreachable",
    config: "The configuration is invalid",
  },
  async run(values, io) {
    const { doctor } = await import("./doctor.ts");
    return await doctor(values, io);
  },
});
