/**
 * How `status` is called.
 *
 * @module
 */

import { AGENT_URL } from "../shared/agent_client.ts";
import {
  type Command,
  declareCommand,
  flag,
  optionWithDefault,
} from "../framework/command.ts";
import { httpUrl } from "../framework/option_values.ts";

/** `status`. */
export const STATUS: Command = declareCommand({
  name: "status",
  summary: "say how the running agent stands",
  details: [
    "It asks the agent over HTTP, where `[observe] listen` of the agent's configuration says. What is wrong comes first, then the devices, those that do not answer before the others.",
  ],
  parameters: {
    url: optionWithDefault("--url <URL>", "where the agent answers", {
      parse: httpUrl,
    }, AGENT_URL),
    json: flag("--json", "print one JSON object (docs/schemas/status.schema.json)"),
  },
  examples: [
    "status",
    "status --json",
    "status --url http://192.168.10.2:9464",
  ],
  exits: {
    ok: "all is well",
    failure: "something is wrong, and readings are safe all the same",
    failing: "readings are lost, or soon will be",
    unavailable: "no agent answers there",
  },
  async run(given, io) {
    const { status } = await import("./status.ts");
    return await status(given, io);
  },
});
