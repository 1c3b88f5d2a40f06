/**
 * The stations of one poll, each by itself: decode and normalise, Avro, the
 * buffer, a Modbus request. Processor time of the whole process (garbage
 * collection and the buffer's worker included), so a busy machine lengthens
 * the measuring and hardly the figures.
 *
 * @module
 */

import { brief, median, ratio, table } from "./figures.ts";
import { cpuSeconds } from "./proc.ts";
import { type Devices, peerFigures, portsOf, startDevices } from "./rust_peer.ts";
import { makeStations, type Station } from "./stations.ts";

/** Each round lasts about this long. */
const ROUND_MS = 400;

/** How often a station is run at first. */
const COUNT_FIRST = 500;

/** The connections that the requests are spread over, as an agent's are. */
const CONNECTIONS = 10;

/** How many requests a poll of the peer has. */
const PEER_REQUESTS_PER_POLL = 3;

/** What the stations cost. */
export interface MicroFigure {
  readonly name: string;
  /** Processor microseconds for one. */
  readonly ours: number;
  /** The same of the Rust peer; NaN where it has no such station. */
  readonly rust: number;
}

/** Measures every station `rounds` times. */
export async function measureMicro(
  peer: string,
  folder: string,
  rounds: number,
  say: (text: string) => void,
): Promise<MicroFigure[]> {
  const figures: MicroFigure[] = [];
  const devices = await startDevices(peer, CONNECTIONS, folder);
  await using _devices = devices.child;
  const rust = await rustMicros(peer, devices, folder);
  await using stations = await makeStations(devices, folder);
  for (const station of stations.list) {
    const ours = await measure(station, rounds);
    const theirs = rust[station.peer ?? ""] ?? NaN;
    figures.push({ name: station.name, ours, rust: theirs });
    say(`${station.name}: ${brief(ours)} µs, Rust ${brief(theirs)} µs\n`);
  }
  return figures;
}

async function measure(station: Station, rounds: number): Promise<number> {
  let count = COUNT_FIRST;
  // Warm-up: twice as often until it takes about a round's time.
  for (;;) {
    await station.before?.(count);
    const startMs = performance.now();
    await station.run(count);
    if (performance.now() - startMs > ROUND_MS / 2) break;
    count *= 2;
  }
  const each: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await station.before?.(count);
    const before = cpuSeconds(Deno.pid);
    await station.run(count);
    each.push((cpuSeconds(Deno.pid) - before) * 1e6 / count);
  }
  return median(each);
}

/** What the peer says of itself, in µs, by the names that stations refer to. */
async function rustMicros(
  peer: string,
  devices: Devices,
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

/** The figures as a table. */
export function microTable(figures: readonly MicroFigure[]): string {
  return table(
    ["station", "µs", "Rust, µs", "ratio"],
    figures.map(({ name, ours, rust }) => [
      name,
      brief(ours),
      brief(rust),
      ratio(ours, rust),
    ]),
  );
}
