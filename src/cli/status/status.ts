/**
 * `status`: how the running agent stands.
 *
 * @module
 */

import type { Health } from "../../observability/health.ts";
import { askAgent } from "../shared/agent_client.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { renderStatus } from "./output.ts";
import { wantsColour } from "../terminal/table.ts";

/** Options of `status`. */
export interface StatusOptions {
  /** Where the agent answers: `http://HOST:PORT`. */
  readonly url: string;
  readonly json: boolean;
}

const CODES: Readonly<Record<Health, number>> = {
  well: EXIT.ok,
  troubled: EXIT.failure,
  failing: EXIT.failing,
};

/** Asks, shows, and says by the exit code how it is. */
export async function status(options: StatusOptions, io: CliIo): Promise<number> {
  const asked = await askAgent(options.url, io.signal);
  if (!asked.ok) {
    io.stderr.write(
      `status: ${asked.fault.detail}. Does it run, and is observe.listen this address? --url names another\n`,
    );
    return EXIT.unavailable;
  }
  const { stdout } = io;
  const colour = wantsColour(stdout.isTerminal, io.env["NO_COLOR"]);
  // What a pipe gets is cut nowhere.
  const width = stdout.isTerminal ? stdout.width : Infinity;
  const text = options.json
    ? JSON.stringify(asked.value)
    : renderStatus(asked.value, { width, colour }).join("\n");
  stdout.write(`${text}\n`);
  return CODES[asked.value.health];
}
