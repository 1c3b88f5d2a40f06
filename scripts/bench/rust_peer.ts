/**
 * The yardstick: a pipeline of the same shape in Rust (`peers/rust`), built by
 * cargo, and its Modbus simulator, which serves both programs.
 *
 * @module
 */

import { type Child, output, start } from "./child.ts";

const SOURCE = new URL("peers/rust", import.meta.url).pathname;
const BUILD_LIMIT_MS = 20 * 60_000;
const BENCH_LIMIT_MS = 120_000;
const UP_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** Builds the peer (90 s the first time); its program's path. */
export async function buildPeer(tools: string): Promise<string> {
  const target = `${tools}/rustpeer`;
  await output(
    ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", target],
    { cwd: SOURCE, limitMs: BUILD_LIMIT_MS },
  );
  return `${target}/release/rustpeer`;
}

/** Runs one of the peer's own benches; the figures of its last line. */
export async function peerFigures(
  peer: string,
  ...args: readonly string[]
): Promise<Readonly<Record<string, number>>> {
  const text = await output([peer, ...args], { limitMs: BENCH_LIMIT_MS });
  return JSON.parse(text.trim().split("\n").at(-1) ?? "{}");
}

/** Devices on loopback, one a port. */
export interface Devices {
  readonly firstPort: number;
  readonly count: number;
  readonly child: Child;
}

/** Plays `count` devices, all with the image of `peers/rust/image.json`. */
export async function startDevices(
  peer: string,
  count: number,
  folder: string,
): Promise<Devices> {
  const firstPort = findPorts(count);
  const child = await start(
    [peer, "sim", "--ports", portsOf(firstPort, count)],
    `${folder}/devices.log`,
  );
  const deadline = Date.now() + UP_LIMIT_MS;
  while (!(await child.said()).includes("devices up")) {
    if (child.over || Date.now() > deadline) {
      await child.end();
      throw new Error(`The devices did not start: ${await child.said()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { firstPort, count, child };
}

/** A row of ports as the peer writes it, both ends included. */
export function portsOf(firstPort: number, count: number): string {
  return `${firstPort}..${firstPort + count - 1}`;
}

/** A row of ports that are free now, below those that the kernel gives away. */
function findPorts(count: number): number {
  for (let first = 20_000; first + count < 32_000; first += 1_000) {
    if (areFree(first, count)) return first;
  }
  throw new Error(`There are no ${count} free ports in a row`);
}

function areFree(first: number, count: number): boolean {
  const held: Deno.Listener[] = [];
  try {
    for (let port = first; port < first + count; port++) {
      held.push(Deno.listen({ hostname: "127.0.0.1", port }));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  } finally {
    for (const listener of held) listener.close();
  }
}
