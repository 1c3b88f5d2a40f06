/**
 * `status`: shows the status of the running agent.
 *
 * @module
 */

import type { Health } from "../../observability/status.ts";
import { fetchAgentStatus } from "../agent_client/agent_client.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { renderStatus } from "./output.ts";
import { wantsColour } from "../terminal/style.ts";

/** Options of `status`. */
export interface StatusOptions {
  /** Address of the agent: `http://HOST:PORT`. */
  readonly url: string;
  readonly json: boolean;
}

const EXIT_CODES: Readonly<Record<Health, number>> = {
  healthy: EXIT.ok,
  degraded: EXIT.failure,
  failing: EXIT.failing,
};

/** Requests and prints the status; the exit code reflects the health. */
export async function status(options: StatusOptions, io: CliIo): Promise<number> {
  const response = await fetchAgentStatus(options.url, io.signal);
  if (!response.ok) {
    io.stderr.write(`${response.fault.detail}\n`);
    return EXIT.unavailable;
  }
  const { stdout } = io;
  const colour = wantsColour(stdout.isTerminal, io.env["NO_COLOR"]);
  // Output to a pipe is not shortened.
  const width = stdout.isTerminal ? stdout.width : Infinity;
  const text = options.json
    ? JSON.stringify(response.value)
    : renderStatus(response.value, { width, colour }).join("\n");
  stdout.write(`${text}\n`);
  return EXIT_CODES[response.value.health];
}
