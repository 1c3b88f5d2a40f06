/**
 * Runs the command `simulate` as a process.
 *
 * @module
 */

import { spawnCommand } from "../../src/testing/agent/agent_program.ts";

/** A device and its address. */
export interface SimulatedEndpoint {
  readonly name: string;
  readonly kind: string;
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
}

/** A running `simulate`. */
export interface SimulateProcess {
  readonly devices: readonly SimulatedEndpoint[];
  /** Its output: one JSON object. */
  readonly stdout: string;
  /** A device by name. */
  device(name: string): SimulatedEndpoint;
  /** Stops it with SIGINT. @returns exit code and stderr. */
  end(): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Starts `simulate --json` on free ports and waits until the devices answer. */
export async function startSimulate(
  ...args: readonly string[]
): Promise<SimulateProcess> {
  const child = spawnCommand(["simulate", ...args, "--json", "--port", "0"]);
  const stderr = new Response(child.stderr).text();
  const stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { value, done } = await stdout.read();
    if (done) throw new Error(`simulate did not start: ${await stderr}`);
    line += value;
  }
  const devices = toDevices(line);
  return {
    devices,
    stdout: line,
    device(name) {
      const found = devices.find((device) => device.name === name);
      if (found === undefined) throw new Error(`simulate has no device ${name}`);
      return found;
    },
    async end() {
      child.kill("SIGINT");
      await stdout.cancel();
      const { code } = await child.status;
      return { code, stderr: await stderr };
    },
  };
}

function toDevices(line: string): SimulatedEndpoint[] {
  const { addresses } = JSON.parse(line) as {
    addresses: {
      host: string;
      port: number;
      devices: { name: string; kind: string; unit_id: number }[];
    }[];
  };
  return addresses.flatMap(({ host, port, devices }) =>
    devices.map(({ name, kind, unit_id: unitId }) => ({
      name,
      kind,
      host,
      port,
      unitId,
    }))
  );
}
