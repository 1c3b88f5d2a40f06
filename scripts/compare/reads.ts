/**
 * `deno run -A scripts/compare/reads.ts`: counts the requests per poll of this agent, of
 * pysunspec2 and of Telegraf, for dumps of real devices (`src/testing/devices/shared_devices.ts`) and
 * the image of the benchmark. Writes the table of docs/reads.md.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import type { DeviceLayout } from "../../src/device/layout.ts";
import { discoverDevice } from "../../src/discovery/probe.ts";
import type { RegisterReader } from "../../src/modbus/reader.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { withLimits } from "../../src/poller/commissioning/commissioning.ts";
import { readRegisters } from "../../src/poller/read_registers.ts";
import type { DeviceImage, RegisterRange } from "../../src/simulator/device_image.ts";
import {
  type SimulatorServer,
  startServer,
} from "../../src/simulator/server/server.ts";
import { planReads, PROTOCOL_LIMITS } from "../../src/sunspec/plan/read_plan.ts";
import type { PlannedModel, PollPlan } from "../../src/sunspec/plan/poll_plan.ts";
import {
  NORMALISED_MODELS,
  SLOW_MODELS,
} from "../../src/records/normalise/normalised_models.ts";
import { sharedDevices } from "../../src/testing/devices/shared_devices.ts";
import { replacePart } from "../bench/document.ts";
import file from "../bench/peers/rust/image.json" with { type: "json" };
import { COMMON_MODEL_ID } from "../../src/sunspec/spec.ts";

const DOCUMENT = "docs/reads.md";
const PYTHON = ".tools/venv/bin/python";
const TIMEOUT_MS = 2_000;
const NEVER = new AbortController().signal;

/** A device to read. */
interface Subject {
  readonly name: string;
  readonly unitId: number;
  readonly image: DeviceImage;
}

/** Requests and registers of one poll. */
interface Counts {
  readonly requests: number;
  readonly registers: number;
}

const subjects: readonly Subject[] = [
  {
    name: "350 registers (benchmark)",
    unitId: 1,
    image: { base: file.base, registers: Uint16Array.from(file.registers) },
  },
  ...(sharedDevices() ?? []).map(({ name, dump }): Subject => ({
    name,
    unitId: dump.unitId ?? 1,
    image: {
      base: dump.base,
      registers: Uint16Array.from(dump.registers, (register) => register ?? 0),
      unreadable: dump.registers.flatMap((register, at): RegisterRange[] =>
        register === null ? [{ address: dump.base + at, count: 1 }] : []
      ),
    },
  })),
];

const rows: string[] = [];
for (const subject of subjects) {
  const row = await measure(subject);
  if (row !== undefined) rows.push(row);
}
const table = [
  "| device | models each poll | collector | collector, every 5 min | pysunspec2 | Telegraf |",
  "| --- | --- | --- | --- | --- | --- |",
  ...rows,
].join("\n");
await Deno.stdout.write(new TextEncoder().encode(`${table}\n`));
const document = await Deno.readTextFile(DOCUMENT);
await Deno.writeTextFile(DOCUMENT, replacePart(document, "requests", table));
await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", DOCUMENT] }).output();

/** One row of the table; undefined for a device without records: of two dumps only the model chain is known. */
async function measure({ name, unitId, image }: Subject): Promise<string | undefined> {
  const server = startServer({ units: new Map([[unitId, image]]) });
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  try {
    const { session } = pool.acquire({
      host: "127.0.0.1",
      port: server.port,
      gapMs: 0,
      connectTimeoutMs: TIMEOUT_MS,
    });
    const found = await discoverDevice(
      session,
      { unitId, bases: [image.base], timeoutMs: TIMEOUT_MS },
      NEVER,
    );
    if (!found.ok) return undefined;
    const layout = found.value;
    const models = await modelsOf(layout);
    const quick = models.filter(({ at }) => !SLOW_MODELS.has(at.id));
    const ids = quick.map(({ at }) => at.id).filter((id) => id !== COMMON_MODEL_ID);
    if (ids.length === 0) return undefined;
    const { identity } = layout;
    const known = {
      ...{ layout, models, quickModels: quick, identity },
      ...{
        readsEnd: true,
        segments: [],
        expected: new Map(),
        proven: true,
        suspect: false,
      },
    };
    const { plan, fullPlan } = withLimits(known, PROTOCOL_LIMITS);
    const ours = await pollOurs(session, server, layout, plan);
    const all = await pollOurs(session, server, layout, fullPlan);
    if (ours === undefined || all === undefined) return undefined;
    const pysunspec = await pollPysunspec(server, unitId, ids);
    const columns = [ours, all, pysunspec, telegraf(quick)];
    return `| ${name} | ${ids.join(", ")} | ${columns.map(show).join(" | ")} |`;
  } finally {
    await pool.close();
    await server.close();
  }
}

/** The models that the agent polls, as commissioning selects them. */
async function modelsOf({ models }: DeviceLayout): Promise<PlannedModel[]> {
  const planned: PlannedModel[] = [];
  for (const at of models) {
    if (at.id !== COMMON_MODEL_ID && !NORMALISED_MODELS.has(at.id)) continue;
    const definition = await loadDefinition(at.id);
    if (definition !== undefined) planned.push({ at, definition });
  }
  return planned;
}

async function pollOurs(
  reader: RegisterReader,
  server: SimulatorServer,
  layout: DeviceLayout,
  plan: PollPlan,
): Promise<Counts | undefined> {
  const before = server.stats.requests;
  const sampled = await readRegisters(
    reader,
    layout,
    plan,
    { timeoutMs: TIMEOUT_MS },
    SYSTEM_CLOCK,
    NEVER,
  );
  if (!sampled.ok) return undefined;
  const registers = plan.reads.reduce((sum, { count }) => sum + count, 0);
  return { requests: server.stats.requests - before, registers };
}

/** Lets pysunspec2 read the same models, each with `model.read()`, as its users do. */
async function pollPysunspec(
  server: SimulatorServer,
  unitId: number,
  ids: readonly number[],
): Promise<number | string> {
  const child = new Deno.Command(PYTHON, {
    args: [
      "scripts/compare/pysunspec_poll.py",
      `${server.port}`,
      `${unitId}`,
      ids.join(","),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  /** Waits for a line of output; false if the process ends before it. */
  const waitFor = async (line: string): Promise<boolean> => {
    while (!text.includes(`${line}\n`)) {
      const { value, done } = await output.read();
      if (done) return false;
      text += value;
    }
    return true;
  };
  const scanned = await waitFor("scanned");
  const before = server.stats.requests;
  const input = child.stdin.getWriter();
  if (scanned) await input.write(new TextEncoder().encode("\n"));
  const read = await waitFor("read");
  const requests = server.stats.requests - before;
  await input.close().catch(() => {});
  await output.cancel();
  await child.status;
  return read ? requests : "fails";
}

/**
 * Requests of Telegraf, which reads the configured fields: adjacent fields share a
 * request of at most 125 registers. Model headers are not fields, so each model needs
 * at least one request.
 */
function telegraf(models: readonly PlannedModel[]): number {
  const fields = models.filter(({ at }) => at.id !== COMMON_MODEL_ID).flatMap((
    { at },
  ) =>
    Array.from({ length: at.length }, (_, offset) => ({
      address: at.address + 2 + offset,
      count: 1,
    }))
  );
  return planReads(fields, { countMax: PROTOCOL_LIMITS.countMax, gapMax: 0 }).length;
}

function show(counts: Counts | number | string): string {
  if (typeof counts !== "object") return String(counts);
  return `${counts.requests} (${counts.registers} registers)`;
}
