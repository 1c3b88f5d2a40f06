/**
 * Measures each stage of a poll separately: decode and normalise, Avro, buffer, Modbus
 * request. The processor time of the whole process is measured (including garbage
 * collection and the worker of the buffer), so a busy machine prolongs the measurement
 * and hardly changes the figures.
 *
 * @module
 */

import { formatNumber, formatRatio, formatTable, median } from "./figures.ts";
import { cpuSeconds } from "./proc.ts";
import {
  peerFigures,
  portsOf,
  type SimulatedDevices,
  startSimulatedDevices,
} from "./rust_peer.ts";
import { createStages, type Stage } from "./stages.ts";

/** Approximate duration of a round. */
const ROUND_MS = 400;

/** Number of runs of a stage in the first warm-up round. */
const COUNT_FIRST = 500;

/** Number of connections that the requests are spread over, as in an agent. */
const CONNECTIONS = 10;

/** Number of requests per poll of the Rust pipeline. */
const PEER_REQUESTS_PER_POLL = 3;

/** The figures of one stage. */
export interface MicroFigure {
  readonly name: string;
  /** Processor time per item, in µs. */
  readonly agent: number;
  /** The same for the Rust pipeline; NaN if it has no such stage. */
  readonly rust: number;
}

/** Measures every stage `rounds` times. */
export async function measureMicro(
  peer: string,
  folder: string,
  rounds: number,
  print: (text: string) => void,
): Promise<MicroFigure[]> {
  const figures: MicroFigure[] = [];
  const devices = await startSimulatedDevices(peer, CONNECTIONS, folder);
  await using _devices = devices.child;
  const rust = await rustMicros(peer, devices, folder);
  await using stages = await createStages(devices, folder);
  for (const stage of stages.list) {
    const agent = await measure(stage, rounds);
    const peerMicros = rust[stage.peer ?? ""] ?? NaN;
    figures.push({ name: stage.name, agent, rust: peerMicros });
    print(
      `${stage.name}: ${formatNumber(agent)} µs, Rust ${formatNumber(peerMicros)} µs\n`,
    );
  }
  return figures;
}

async function measure(stage: Stage, rounds: number): Promise<number> {
  let count = COUNT_FIRST;
  // Warm-up: doubles the count until a round has the intended duration.
  for (;;) {
    await stage.before?.(count);
    const startMs = performance.now();
    await stage.run(count);
    if (performance.now() - startMs > ROUND_MS / 2) break;
    count *= 2;
  }
  const each: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await stage.before?.(count);
    const before = cpuSeconds(Deno.pid);
    await stage.run(count);
    each.push((cpuSeconds(Deno.pid) - before) * 1e6 / count);
  }
  return median(each);
}

/** The figures that the Rust pipeline reports, in µs, by the `peer` of the stages. */
async function rustMicros(
  peer: string,
  devices: SimulatedDevices,
  folder: string,
): Promise<Readonly<Record<string, number>>> {
  const decode = await peerFigures(peer, "bench-decode");
  const avro = await peerFigures(peer, "bench-avro");
  const db = `${folder}/peer-bench.db`;
  const sqlite = await peerFigures(peer, "bench-sqlite", "--db", db, "--rows", "50000");
  const ports = portsOf(devices.firstPort, devices.count);
  const poll = await peerFigures(
    peer,
    "bench-poll",
    "--ports",
    ports,
    "--seconds",
    "2",
  );
  return {
    decode: (decode["hand_from_bytes_ns"] ?? NaN) / 1e3,
    avro: (avro["serde_single_object_ns"] ?? NaN) / 1e3,
    enqueue: sqlite["enqueue_cpu_us_per_row_batch_500"] ?? NaN,
    drain: sqlite["drain_delete_cpu_us_per_row_batch_500"] ?? NaN,
    request: (poll["cpu_s_per_1000_polls"] ?? NaN) * 1e3 / PEER_REQUESTS_PER_POLL,
  };
}

/** Formats the figures as a table. */
export function microTable(figures: readonly MicroFigure[]): string {
  return formatTable(
    ["stage", "µs", "Rust, µs", "ratio"],
    figures.map(({ name, agent, rust }) => [
      name,
      formatNumber(agent),
      formatNumber(rust),
      formatRatio(agent, rust),
    ]),
  );
}
