/**
 * Telegraf as a program that is measured: its Modbus input and its Kafka output, as an
 * operator would configure them for the same devices.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { REGISTERS_PER_READ_MAX } from "../../../src/base/network/modbus_protocol.ts";
import type {
  GroupDefinition,
  PointDefinition,
  PointType,
} from "../../../src/sunspec/definition/definition.ts";
import { MODEL_HEADER_SIZE } from "../../../src/sunspec/spec.ts";
import { captureOutput } from "../child.ts";
import { INTERVAL_MS, type Program, type ProgramTask } from "../programs.ts";
import file from "./rust/image.json" with { type: "json" };

const PACKAGE = "github.com/influxdata/telegraf/cmd/telegraf@v1.39.3";
/** Only the plugins in use: the complete program takes twice the memory. */
const TAGS = "custom,inputs.modbus,outputs.kafka,serializers.json";
const BUILD_LIMIT_MS = 30 * 60_000;

/** The models that the agent polls. */
const MODELS: ReadonlySet<number> = new Set([1, 103, 160]);

/** Where Telegraf keeps what is not sent yet. */
export type TelegrafBuffer = "memory" | "disk";

/** Builds Telegraf with Go (70 s the first time) and returns its path. */
export async function buildTelegraf(tools: string): Promise<string> {
  const folder = `${tools}/telegraf`;
  const build = ["install", "-ldflags", "-w -s", "-tags", TAGS, PACKAGE];
  await captureOutput(
    ["env", `GOBIN=${folder}`, "CGO_ENABLED=0", "go", ...build],
    { limitMs: BUILD_LIMIT_MS },
  );
  return `${folder}/telegraf`;
}

/** Telegraf with a buffer in memory or on disk. */
export function telegrafProgram(path: string, buffer: TelegrafBuffer): Program {
  return {
    name: `Telegraf, ${buffer} buffer`,
    async command(task) {
      const config = `${task.folder}/telegraf.conf`;
      const lines = [...agentLines(task, buffer)];
      const requests = await modelRequests();
      for (let index = 0; index < task.devices.count; index++) {
        lines.push(...deviceLines(task.devices.firstPort + index, index, requests));
      }
      await Deno.writeTextFile(config, `${lines.join("\n")}\n`);
      return [path, "--config", config];
    },
  };
}

function agentLines(
  { bootstrap, topic, folder }: ProgramTask,
  buffer: TelegrafBuffer,
): string[] {
  return [
    "[agent]",
    `interval = "${INTERVAL_MS}ms"`,
    'flush_interval = "1s"',
    "metric_batch_size = 1000",
    "metric_buffer_limit = 100000",
    "omit_hostname = true",
    "quiet = true",
    ...buffer === "memory" ? [] : [
      'buffer_strategy = "disk"',
      `buffer_directory = ${JSON.stringify(`${folder}/buffer`)}`,
    ],
    "[[outputs.kafka]]",
    `brokers = ["${bootstrap}"]`,
    `topic = "${topic}"`,
    'routing_tag = "device"',
    "required_acks = -1",
    'data_format = "json"',
  ];
}

function deviceLines(
  port: number,
  index: number,
  requests: readonly (readonly string[])[],
): string[] {
  const device = `inv-${String(index).padStart(4, "0")}`;
  return [
    "[[inputs.modbus]]",
    `name = "${device}"`,
    `controller = "tcp://127.0.0.1:${port}"`,
    'timeout = "3s"',
    'configuration_type = "request"',
    ...requests.flatMap((fields) => [
      "[[inputs.modbus.request]]",
      "slave_id = 1",
      'byte_order = "ABCD"',
      'register = "holding"',
      'measurement = "sunspec"',
      `fields = [\n${fields.join(",\n")}\n]`,
      "[inputs.modbus.request.tags]",
      `device = "${device}"`,
    ]),
  ];
}

/** The fields of each request: consecutive models are read together. */
async function modelRequests(): Promise<string[][]> {
  const requests: string[][] = [];
  let [from, end] = [0, 0];
  for (const { id, header_address: address, length } of file.models) {
    const definition = MODELS.has(id) ? await loadDefinition(id) : undefined;
    if (definition === undefined) continue;
    const fields = groupFields(definition.group, {
      prefix: `M${id}`,
      address,
      size: MODEL_HEADER_SIZE + length,
    });
    const size = MODEL_HEADER_SIZE + length;
    if (address === end && end + size - from <= REGISTERS_PER_READ_MAX) {
      requests.at(-1)?.push(...fields);
    } else {
      requests.push(fields);
      from = address;
    }
    end = address + size;
  }
  return requests;
}

interface GroupPlace {
  readonly prefix: string;
  readonly address: number;
  /** Registers that the group and its inner groups may take. */
  readonly size: number;
}

function groupFields(group: GroupDefinition, place: GroupPlace): string[] {
  const { prefix, address, size } = place;
  const fields = group.points.map((point) => pointField(point, prefix, address));
  let at = address + group.size;
  for (const inner of group.groups) {
    // In these models one inner group fills the rest, as often as it fits.
    const count = Math.floor((address + size - at) / inner.size);
    for (let nth = 1; nth <= count; nth++, at += inner.size) {
      const one = { prefix: `${prefix}_${nth}`, address: at, size: inner.size };
      fields.push(...groupFields(inner, one));
    }
  }
  return fields;
}

function pointField(point: PointDefinition, prefix: string, address: number): string {
  const { name, type, size, offset } = point;
  const length = type === "string" ? `, length = ${size}` : "";
  const omit = type === "pad" ? ", omit = true" : "";
  return `{ address = ${address + offset}, name = "${prefix}_${name}", ` +
    `type = "${telegrafType(type, size)}"${length}${omit} }`;
}

/** The type in Telegraf: scale factors are forwarded as fields of their own. */
function telegrafType(type: PointType, size: number): string {
  if (type === "string") return "STRING";
  if (type === "float32" || type === "float64") return type.toUpperCase();
  const sign = type.startsWith("int") || type === "sunssf" ? "" : "U";
  return `${sign}INT${16 * size}`;
}
