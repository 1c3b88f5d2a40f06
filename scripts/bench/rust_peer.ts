/**
 * Builds the Rust pipeline that the agent is compared with (`peers/rust`), and runs its
 * Modbus simulator, which serves both programs.
 *
 * @module
 */

import { captureOutput, type Child, startChild } from "./child.ts";

const SOURCE = new URL("peers/rust", import.meta.url).pathname;
const BUILD_LIMIT_MS = 20 * 60_000;
const BENCH_LIMIT_MS = 120_000;
const UP_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** Builds the pipeline with cargo (90 s the first time) and returns the path of the program. */
export async function buildPeer(tools: string): Promise<string> {
  const target = `${tools}/rustpeer`;
  await captureOutput(
    ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", target],
    { cwd: SOURCE, limitMs: BUILD_LIMIT_MS },
  );
  return `${target}/release/rustpeer`;
}

/** Runs one of the benchmarks of the pipeline and returns the figures in its last line. */
export async function peerFigures(
  peer: string,
  ...args: readonly string[]
): Promise<Readonly<Record<string, number>>> {
  const text = await captureOutput([peer, ...args], { limitMs: BENCH_LIMIT_MS });
  return JSON.parse(text.trim().split("\n").at(-1) ?? "{}");
}

/** Simulated devices on loopback, one per port. */
export interface SimulatedDevices {
  readonly firstPort: number;
  readonly count: number;
  readonly child: Child;
}

/** Simulates `count` devices, all with the image of `peers/rust/image.json`. */
export async function startSimulatedDevices(
  peer: string,
  count: number,
  folder: string,
): Promise<SimulatedDevices> {
  const firstPort = findPorts(count);
  const child = await startChild(
    [peer, "sim", "--ports", portsOf(firstPort, count)],
    `${folder}/devices.log`,
  );
  const deadline = Date.now() + UP_LIMIT_MS;
  while (!(await child.log()).includes("devices up")) {
    if (child.ended || Date.now() > deadline) {
      await child.stop();
      throw new Error(`The simulated devices did not start: ${await child.log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { firstPort, count, child };
}

/** A port range in the notation of the pipeline, both ends included. */
export function portsOf(firstPort: number, count: number): string {
  return `${firstPort}..${firstPort + count - 1}`;
}

/** Finds consecutive free ports below the ephemeral port range of the kernel. */
function findPorts(count: number): number {
  for (let first = 20_000; first + count < 32_000; first += 1_000) {
    if (areFree(first, count)) return first;
  }
  throw new Error(`There are no ${count} consecutive free ports`);
}

function areFree(first: number, count: number): boolean {
  const listeners: Deno.Listener[] = [];
  try {
    for (let port = first; port < first + count; port++) {
      listeners.push(Deno.listen({ hostname: "127.0.0.1", port }));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  } finally {
    for (const listener of listeners) listener.close();
  }
}
