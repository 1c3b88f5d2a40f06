/**
 * The programs that are measured as a whole, and how each is told what to do.
 *
 * @module
 */

import { type Devices, portsOf } from "./rust_peer.ts";

/** A pipeline from devices to Kafka. */
export interface Program {
  /** Its name in tables. */
  readonly name: string;
  /** Prepares `folder` and gives the command that runs it there for `seconds` at least. */
  command(task: Task): Promise<readonly string[]>;
}

/** What it is to do: poll all devices once a second and send to Kafka. */
export interface Task {
  readonly devices: Devices;
  readonly bootstrap: string;
  readonly topic: string;
  readonly folder: string;
  readonly seconds: number;
}

const INTERVAL_MS = 1_000;

/** An agent of this project, as compiled. */
export function collector(name: string, binary: string): Program {
  return {
    name,
    async command(task) {
      const file = `${task.folder}/config.toml`;
      await Deno.writeTextFile(file, configText(task));
      return [binary, "run", "--config", file];
    },
  };
}

/** The pipeline in Rust. */
export function rustPipeline(peer: string): Program {
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

function configText({ devices, bootstrap, topic, folder }: Task): string {
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
      `interval_ms = ${INTERVAL_MS}`,
      "timeout_ms = 3000",
    );
  }
  return `${lines.join("\n")}\n`;
}
