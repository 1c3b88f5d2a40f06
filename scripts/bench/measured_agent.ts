/**
 * Starts the executable so that it can be measured: with simulated devices, and a broker
 * of the benchmark.
 *
 * @module
 */

import { type ConfigTable, toToml } from "../../src/testing/agent/agent_config.ts";
import { type Child, startChild } from "./child.ts";

/** Gateway id of measured agents. */
export const GATEWAY = "bench";

/** What a measured agent is started with. */
export interface MeasuredAgent {
  readonly binary: string;
  /** Folder of its configuration, its buffer and its output. */
  readonly folder: string;
  readonly bootstrap: string;
  readonly topics: ConfigTable;
  readonly devices: readonly ConfigTable[];
  /** Settings of the buffer beside its path. */
  readonly buffer?: ConfigTable;
  readonly logLevel: "warning" | "error";
}

/** Starts an agent. */
export async function startMeasuredAgent(
  { binary, folder, bootstrap, topics, devices, buffer = {}, logLevel }: MeasuredAgent,
): Promise<Child> {
  const file = `${folder}/config.toml`;
  await Deno.writeTextFile(
    file,
    toToml({
      gateway: { id: GATEWAY, site: GATEWAY },
      buffer: { path: `${folder}/queue.db`, ...buffer },
      uplink: {
        kind: "kafka",
        brokers: [bootstrap],
        ["security_protocol"]: "PLAINTEXT",
        topics,
      },
      log: { level: logLevel },
      observe: { listen: "" },
      devices,
    }),
  );
  return await startChild([binary, "run", "--config", file], `${folder}/output.log`);
}
