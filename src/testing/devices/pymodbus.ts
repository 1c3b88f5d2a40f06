/**
 * Starts src/testing/devices/pymodbus_server.py: an independent Modbus server.
 *
 * @module
 */

import { PYTHON } from "../project_root.ts";

/** Options of a server. */
export interface PymodbusOptions {
  /** Paths of dumps by unit id. */
  readonly units: Readonly<Record<number, string>>;
  /** The one function code that is answered; 3 if absent. */
  readonly functionCode?: 3 | 4;
  /** Longer reads are answered with exception 3. */
  readonly countMax?: number;
}

/** A running server. */
export interface PymodbusServer {
  readonly port: number;
  /** Stops it. @returns its stderr: empty unless a client tried to write. */
  close(): Promise<string>;
}

const START_TIMEOUT_MS = 20_000;

/** Starts a server and waits until it listens. */
export async function startPymodbus(options: PymodbusOptions): Promise<PymodbusServer> {
  const child = new Deno.Command(PYTHON, {
    args: [
      "src/testing/devices/pymodbus_server.py",
      `--function=${options.functionCode ?? 3}`,
      `--count-max=${options.countMax ?? 125}`,
      ...Object.entries(options.units).map(([unit, path]) => `${unit}=${path}`),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  let line = "";
  while (!line.includes("\n")) {
    const { value, done } = await output.read();
    if (done) throw new Error(`pymodbus did not start: ${await errors}`);
    line += value;
  }
  clearTimeout(timer);
  return {
    port: Number(line.trim()),
    async close() {
      await child.stdin.close();
      await output.cancel();
      await child.status;
      return await errors;
    },
  };
}
