/**
 * Devices whose polls are played in this process, without sockets and without a buffer:
 * registers come from memory, rows go nowhere. Counters move from poll to poll, otherwise
 * the plausibility of counters would not be exercised.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { createIngest, type Ingest } from "../../src/agent/ingest.ts";
import { createSampleSink } from "../../src/agent/sample_sink.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import type { Sample, SampleParts, SampleSink } from "../../src/poller/sample.ts";
import { createCodec } from "../../src/records/avro/codec.ts";
import { SLOW_MODELS } from "../../src/records/normalise/normalised_models.ts";
import { createRecordsStage, RECORD_MODELS } from "../../src/records/records_stage.ts";
import { createSequenceNumbering } from "../../src/records/sequence_numbering.ts";
import type { ModelLocation } from "../../src/sunspec/chain.ts";
import {
  createFrameHistory,
  type FrameHistory,
} from "../../src/sunspec/decode/frame_history.ts";
import { checkPoll } from "../../src/sunspec/decode/poll_check.ts";
import { type Identity, parseIdentity } from "../../src/sunspec/identity.ts";
import {
  createRegisterImage,
  type PlannedModel,
  planSerialCheckPoll,
  type PollPlan,
} from "../../src/sunspec/plan/poll_plan.ts";
import { PROTOCOL_LIMITS } from "../../src/sunspec/plan/read_plan.ts";
import { MODEL_HEADER_SIZE } from "../../src/sunspec/spec.ts";
import file from "./peers/rust/image.json" with { type: "json" };

/** A meter (203) that follows the inverter of the image: a third read and a second record. */
// deno-fmt-ignore
const METER_203 = [
  203, 105,
  // A AphA AphB AphC SF; PhV.. PPV.. SF; Hz SF
  251, 84, 83, 84, 0xffff, 2316, 2316, 2314, 2318, 4012, 4012, 4009, 4015, 0xffff, 5001, 0xfffe,
  // W.. SF; VA.. SF; VAR.. SF; PF.. SF
  1734, 578, 578, 578, 0, 1736, 579, 578, 579, 0, 0xffd6, 0xfff2, 0xfff2, 0xfff2, 0,
  998, 998, 998, 998, 0xffff,
  // TotWhExp.. TotWhImp.., SF
  0, 50000, 0, 16000, 0, 17000, 0, 17000, 1, 60000, 0, 45000, 0, 40000, 0, 40536, 0,
  // TotVAhExp.. TotVAhImp.., SF
  0, 51000, 0, 17000, 0, 17000, 0, 17000, 1, 61000, 0, 46000, 0, 40000, 0, 40536, 0,
  // TotVArhImpQ1.. TotVArhImpQ2.. TotVArhExpQ3.. TotVArhExpQ4.., SF
  0, 900, 0, 300, 0, 300, 0, 300, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 800, 0, 300, 0, 200, 0, 300, 0,
  // Evt
  0, 0,
];

/** Offsets of the counters (acc32) that move, from the start of the image. */
interface MovingCounters {
  readonly at: readonly number[];
  /** Offsets of powers that vary. */
  readonly powers: readonly number[];
}

/** One device: its plan, its registers, and what the poller keeps about it. */
interface PlayedDevice {
  readonly id: string;
  readonly identity: Identity;
  readonly plan: PollPlan;
  readonly registers: Uint16Array;
  readonly frames: FrameHistory;
  readonly parts: SampleParts;
  polls: number;
}

/** Devices that are polled in turn. */
export interface RowFleet {
  /** Number of requests of one poll. */
  readonly requests: number;
  /** Number of records that were queued. */
  readonly records: number;
  /** Polls every device `rounds` times, from the registers to the rows. */
  poll(rounds: number, afterDevice?: () => void): Promise<void>;
  /** The same, up to the verified image: without records. */
  check(rounds: number): void;
}

const INTERVAL_MS = 1_000;

/** Creates `count` devices. */
export async function createRowFleet(count: number): Promise<RowFleet> {
  const chain: ModelLocation[] = file.models.map((model) => ({
    id: model.id,
    address: model.header_address,
    length: model.length,
  }));
  const meter = file.end_model_address;
  chain.push({ id: 203, address: meter, length: METER_203.length - MODEL_HEADER_SIZE });
  const registers = [
    ...file.registers.slice(0, meter - file.base),
    ...METER_203,
    0xffff,
    0,
  ];
  const moving = movingOf(chain);
  const devices: PlayedDevice[] = [];
  for (let nth = 0; nth < count; nth++) {
    devices.push(await createDevice(nth, chain, registers));
  }
  const { sink, ingest } = createPipeline();
  let nowMs = 1_800_000_000_000;

  async function poll(rounds: number, afterDevice = () => {}): Promise<void> {
    const { signal } = new AbortController();
    for (let round = 0; round < rounds; round++, nowMs += INTERVAL_MS) {
      for (const device of devices) {
        await sink.sample(sampleOf(device, moving, nowMs), signal);
        afterDevice();
      }
    }
  }

  return {
    requests: devices[0]?.plan.reads.length ?? 0,
    get records() {
      return ingest.made;
    },
    poll,
    check(rounds) {
      for (let round = 0; round < rounds; round++, nowMs += INTERVAL_MS) {
        for (const device of devices) sampleOf(device, moving, nowMs);
      }
    },
  };
}

function movingOf(chain: readonly ModelLocation[]): MovingCounters {
  const offsetOf = (id: number): number =>
    (chain.find((model) => model.id === id)?.address ?? 0) - file.base;
  const inverter = offsetOf(103);
  const inputs = offsetOf(160);
  const meter = offsetOf(203);
  return {
    at: [
      inverter + 24,
      ...[0, 1, 2].map((input) => inputs + 10 + 20 * input + 12),
      ...[0, 2, 4, 6].map((more) => meter + 38 + more),
      ...[0, 2, 4, 6].map((more) => meter + 55 + more),
    ],
    powers: [inverter + 14, meter + 18],
  };
}

async function createDevice(
  nth: number,
  chain: readonly ModelLocation[],
  registers: readonly number[],
): Promise<PlayedDevice> {
  const [common] = chain;
  if (common === undefined) throw new Error("The image has no model");
  const identity = parseIdentity(
    registers.slice(common.address - file.base).slice(0, common.length + 2),
  );
  const models: PlannedModel[] = [];
  for (const at of chain.slice(1)) {
    if (!RECORD_MODELS.used.has(at.id) || SLOW_MODELS.has(at.id)) continue;
    const definition = await loadDefinition(at.id);
    if (definition !== undefined) models.push({ at, definition });
  }
  const plan = planSerialCheckPoll(
    models,
    common,
    file.base,
    PROTOCOL_LIMITS,
    identity,
  );
  if (plan === undefined) throw new Error("The image has no serial number");
  return {
    id: `dev-${nth}`,
    identity,
    plan,
    registers: Uint16Array.from(registers),
    frames: createFrameHistory(),
    parts: {
      segments: [{ address: file.base, number: 1, identity }],
      subDevices: new Set(),
      instances: 0,
    },
    polls: 0,
  };
}

/** What the agent does with a sample, with a buffer that accepts every row. */
function createPipeline(): { readonly sink: SampleSink; readonly ingest: Ingest } {
  const { signal } = new AbortController();
  const stage = createRecordsStage({
    gateway: "bench",
    site: "bench",
    clockSynced: () => true,
    settings: new Map(),
  });
  const ingest = createIngest({
    clock: SYSTEM_CLOCK,
    codec: createCodec(),
    numbering: createSequenceNumbering({ epoch: 1_800_000_000, streams: new Map() }),
    topicOf: (type) => `solar.${type}`,
    onRejected: (_, error) => {
      throw error;
    },
  });
  void ingest.run({ append: () => Promise.resolve() }, signal);
  const sink = createSampleSink({
    stage,
    ingest,
    context: () => ({ gateway: "bench", site: "bench", atMs: 0, clockSynced: true }),
    onDrafts: () => {},
    signal,
    onFailure: (error) => {
      throw error;
    },
  });
  return { sink, ingest };
}

/** Answers the reads of a poll, verifies them and makes the sample. */
function sampleOf(device: PlayedDevice, moving: MovingCounters, nowMs: number): Sample {
  const { id, identity, plan, registers, frames, parts } = device;
  device.polls++;
  for (const at of moving.at) addTo(registers, at, 5);
  for (const at of moving.powers) {
    registers[at] = (registers[at] ?? 0) + (device.polls % 2 === 0 ? 7 : -7);
  }
  const image = createRegisterImage();
  for (const span of plan.reads) {
    const from = span.address - file.base;
    image.put(span, registers.subarray(from, from + span.count));
  }
  const check = checkPoll(plan, image, frames);
  if (!check.ok || check.rereads.length > 0) throw new Error("The image does not fit");
  frames.note(plan, image, check.faults);
  return {
    key: id,
    deviceId: id,
    unitId: 1,
    identity,
    parts,
    plan,
    image,
    faults: check.faults,
    intervalMs: INTERVAL_MS,
    slot: nowMs / INTERVAL_MS,
    slotsMissed: 0,
    sampledAtMs: nowMs,
    readDurationMs: 3,
    monotonicMs: nowMs,
  };
}

/** Adds to a number of two registers. */
function addTo(registers: Uint16Array, at: number, more: number): void {
  const sum = (registers[at] ?? 0) * 0x1_0000 + (registers[at + 1] ?? 0) + more;
  registers[at] = sum / 0x1_0000;
  registers[at + 1] = sum % 0x1_0000;
}
