/**
 * Declaration of the command `status`.
 *
 * @module
 */

import { AGENT_URL } from "../agent_client/agent_client.ts";
import {
  type Command,
  declareCommand,
  flagOption,
  optionWithDefault,
} from "../framework/command.ts";
import { httpUrl } from "../framework/option_values.ts";

/** The command `status`. */
export const STATUS_COMMAND: Command = declareCommand({
  name: "status",
  summary: "Show the status of the running agent",
  details: [
    "Requests the status from the HTTP server of the agent (`[observe] listen` in its configuration). Problems are listed first, then the devices; devices that do not respond come before the others.",
  ],
  parameters: {
    url: optionWithDefault("--url <URL>", "Address of the agent", {
      parse: httpUrl,
    }, AGENT_URL),
    json: flagOption(
      "--json",
      "Print one JSON object (docs/schemas/status.schema.json)",
    ),
  },
  examples: [
    "status",
    "status --json",
    "status --url http://192.168.10.2:9464",
  ],
  exits: {
    ok: "No problems",
    failure: "There are problems, but no readings are lost",
    failing: "Readings are being lost, or will be soon",
    unavailable: "No agent responds at this address",
  },
  async run(values, io) {
    const { status } = await import("./status.ts");
    return await status(values, io);
  },
});
