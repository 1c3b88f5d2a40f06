/**
 * How `scan` is called.
 *
 * @module
 */

import { SCAN_DEFAULTS, USUAL_PORTS } from "../../discovery/scanner.ts";
import { AGENT_URL } from "../shared/agent_client.ts";
import {
  argumentList,
  type Command,
  declareCommand,
  FILE,
  flag,
  option,
  optionWithDefault,
  TEXT,
} from "../framework/command.ts";
import { durationMs, portList, wholeNumber } from "../framework/option_values.ts";
import { HOSTS_MAX } from "./targets.ts";

/** `scan`. */
export const SCAN: Command = declareCommand({
  name: "scan",
  summary: "look for SunSpec devices in a network",
  details: [
    "It only reads, and keeps no connection longer than it must. Unit ids are asked in the order that finds real plants fastest: 1, 2, 3, 126, 71, 100, 200 to 204, 240 to 244, 247. Where absent units stay silent it stops after the first one found and says which were not asked.",
    "Ctrl-C ends it early; what was found until then is printed.",
  ],
  parameters: {
    targets: argumentList(
      "[TARGET...]",
      "networks (CIDR), ranges, addresses or names, which may have a port; without one this machine's own private networks are proposed",
      { ...TEXT, completion: "host" },
    ),
    ports: optionWithDefault(
      "--ports <PORT,...>",
      "ports of targets that name none",
      { parse: portList },
      [...USUAL_PORTS],
      USUAL_PORTS.join(","),
    ),
    allUnits: flag(
      "--all-units",
      "ask every unit id, also where absent units stay silent: minutes for such an address",
    ),
    yesLarge: flag("--yes-large", `scan more than ${HOSTS_MAX} hosts`),
    json: flag("--json", "print one JSON object (docs/schemas/scan.schema.json)"),
    toml: flag("--toml", "print [[devices]] tables for a configuration"),
    write: option(
      "--write <FILE>",
      "add the devices that this configuration does not have yet; what stands there stays as it is",
      FILE,
    ),
    agent: option(
      "--agent <URL>",
      `the agent whose devices are left alone (otherwise that at ${AGENT_URL}, if there is one)`,
      TEXT,
    ),
    timeoutMs: optionWithDefault(
      "--timeout <TIME>",
      "how long to wait for each answer",
      { parse: durationMs },
      SCAN_DEFAULTS.timeoutMs,
      "1s",
    ),
    connectTimeoutMs: optionWithDefault(
      "--connect-timeout <TIME>",
      "how long a connect may take",
      { parse: durationMs },
      SCAN_DEFAULTS.connectTimeoutMs,
      "1500ms",
    ),
    connectsPerSecond: optionWithDefault(
      "--rate <N>",
      "how many connects may begin in a second",
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
    ok: "devices were found",
    failure: "it was called off; what was found until then is printed",
    unavailable: "no device was found, or the agent of --agent does not answer",
    config: "the configuration of --write was left as it is; why is on stderr",
  },
  async run(given, io) {
    const { scan } = await import("./scan.ts");
    return await scan(given, io);
  },
});
