/**
 * The programs that are measured as a whole, and their configuration.
 *
 * @module
 */

import { portsOf, type SimulatedDevices } from "./rust_peer.ts";

/** A pipeline from devices to Kafka. */
export interface Program {
  /** Name in the tables. */
  readonly name: string;
  /** Prepares `folder` and returns the command that runs the program there for at least `seconds`. */
  command(task: ProgramTask): Promise<readonly string[]>;
}

/** The task of a program: poll all devices and send the records to Kafka. */
export interface ProgramTask {
  readonly devices: SimulatedDevices;
  readonly bootstrap: string;
  readonly topic: string;
  readonly folder: string;
  readonly seconds: number;
  /** Poll interval of all devices, in ms. Default 1 000. */
  readonly intervalMs?: number;
}

/** Poll interval of every program. */
export const INTERVAL_MS = 1_000;

/** A compiled agent of this project. */
export function collectorProgram(name: string, binary: string): Program {
  return {
    name,
    async command(task) {
      const file = `${task.folder}/config.toml`;
      await Deno.writeTextFile(file, configText(task));
      return [binary, "run", "--config", file];
    },
  };
}

/** The Rust pipeline. */
export function rustProgram(peer: string): Program {
  return {
    name: "Rust",
    command: ({ devices, bootstrap, topic, folder, seconds }) =>
      Promise.resolve([
        ...[peer, "pipeline", "--ports", portsOf(devices.firstPort, devices.count)],
        ...["--interval-ms", String(INTERVAL_MS), "--seconds", String(seconds)],
        ...["--brokers", bootstrap, "--topic", topic, "--db", `${folder}/peer.db`],
      ]),
  };
}

function configText(task: ProgramTask): string {
  const { devices, bootstrap, topic, folder, intervalMs = INTERVAL_MS } = task;
  const lines = [
    "[gateway]",
    'id = "bench"',
    'site = "bench"',
    "[buffer]",
    `path = ${JSON.stringify(`${folder}/queue.db`)}`,
    "[uplink]",
    'kind = "kafka"',
    `brokers = ["${bootstrap}"]`,
    'security_protocol = "PLAINTEXT"',
    "[uplink.topics]",
    `inverter = "${topic}"`,
    `meter = "${topic}"`,
    `events = "${topic}-events"`,
    "[log]",
    'level = "warning"',
  ];
  for (let index = 0; index < devices.count; index++) {
    lines.push(
      "[[devices]]",
      `id = "inv-${String(index).padStart(4, "0")}"`,
      'host = "127.0.0.1"',
      `port = ${devices.firstPort + index}`,
      `interval_ms = ${intervalMs}`,
      "timeout_ms = 3000",
    );
  }
  return `${lines.join("\n")}\n`;
}
