/**
 * Declaration of the command `scan`.
 *
 * @module
 */

import { COMMON_PORTS, SCAN_DEFAULTS } from "../../discovery/scan_options.ts";
import { AGENT_URL } from "../agent_client/agent_client.ts";
import {
  argumentList,
  type Command,
  declareCommand,
  FILE,
  flagOption,
  option,
  optionWithDefault,
  TEXT,
} from "../framework/command.ts";
import { durationMs, portList, wholeNumber } from "../framework/option_values.ts";
import { HOSTS_MAX } from "./targets.ts";

/** The command `scan`. */
export const SCAN_COMMAND: Command = declareCommand({
  name: "scan",
  summary: "Find SunSpec devices on a network",
  details: [
    "The scan only reads, and closes each connection as soon as possible. Unit ids are tried in this order, most common first: 1, 2, 3, 126, 71, 100, 200 to 204, 240 to 244, 247. Where absent units do not answer, it stops after the first device and lists the unit ids that were not tried.",
    "Ctrl-C cancels the scan; the devices found so far are printed.",
  ],
  parameters: {
    targets: argumentList(
      "[TARGET...]",
      "Networks (CIDR), address ranges, IP addresses or host names; the last two may have a port. Default: the private networks of this machine, after confirmation",
      { ...TEXT, completion: "host" },
    ),
    ports: optionWithDefault(
      "--ports <PORT,...>",
      "Ports of targets without a port",
      { parse: portList },
      [...COMMON_PORTS],
      COMMON_PORTS.join(","),
    ),
    allUnits: flagOption(
      "--all-units",
      "Try all unit ids even where absent units do not answer; takes minutes for such an address",
    ),
    yesLarge: flagOption("--yes-large", `Scan more than ${HOSTS_MAX} hosts`),
    json: flagOption("--json", "Print one JSON object (docs/schemas/scan.schema.json)"),
    toml: flagOption("--toml", "Print [[devices]] tables for a configuration"),
    write: option(
      "--write <FILE>",
      "Add the devices that are not in this configuration yet; its existing content is not changed",
      FILE,
    ),
    agent: option(
      "--agent <URL>",
      `URL of the agent whose devices are skipped (default: ${AGENT_URL}, if an agent is running there)`,
      TEXT,
    ),
    timeoutMs: optionWithDefault(
      "--timeout <TIME>",
      "Timeout of each request",
      { parse: durationMs },
      SCAN_DEFAULTS.timeoutMs,
      "1s",
    ),
    connectTimeoutMs: optionWithDefault(
      "--connect-timeout <TIME>",
      "Timeout of each connect",
      { parse: durationMs },
      SCAN_DEFAULTS.connectTimeoutMs,
      "1500ms",
    ),
    connectsPerSecond: optionWithDefault(
      "--rate <N>",
      "Maximum number of connects per second",
      { parse: wholeNumber(1, 1_000) },
      SCAN_DEFAULTS.connectsPerSecond,
    ),
  },
  examples: [
    "scan 192.168.10.0/24",
    "scan 192.168.10.20-29 inverter.lan [fe80::1%eth0]:1502",
    "scan 192.168.10.0/24 --toml",
    "scan 192.168.10.0/24 --write /etc/sunspec-collector/config.toml",
    "scan 192.168.10.7 --all-units --json",
  ],
  exits: {
    ok: "Devices were found",
    failure: "The scan was cancelled; the devices found so far are printed",
    unavailable: "No device was found, or the agent given by --agent does not respond",
    config:
      "The configuration given by --write was not changed; stderr states the reason",
  },
  async run(values, io) {
    const { scan } = await import("./scan.ts");
    return await scan(values, io);
  },
});
