/**
 * The stages that are measured separately: functions of the agent, called as the agent
 * calls them.
 *
 * @module
 */

import { REGISTERS_PER_READ_MAX } from "../../src/base/network/modbus_protocol.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import type { Buffer, NewRow } from "../../src/buffer/buffer.ts";
import { openBuffer } from "../../src/buffer/worker/client.ts";
import type { ModbusSession } from "../../src/modbus/reader.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { decodePoll } from "../../src/sunspec/decode/poll_decode.ts";
import { createCodec } from "../../src/records/avro/codec.ts";
import type { PollContext } from "../../src/records/draft.ts";
import { normalise } from "../../src/records/normalise/normalise.ts";
import type { Draft } from "../../src/records/record.ts";
import { createSequenceNumbering } from "../../src/records/sequence_numbering.ts";
import { IMAGE_SIZE, type ImagePoll, pollImage } from "./image.ts";
import type { SimulatedDevices } from "./rust_peer.ts";

/** One stage. */
export interface Stage {
  readonly name: string;
  /** Name of the figure of the Rust pipeline that it is compared with. */
  readonly peer?: string;
  /** Runs the stage `count` times. */
  run(count: number): unknown;
  /** Prepares `run`; not measured. */
  before?(count: number): Promise<void>;
}

/** All stages; disposal closes their buffer and connections. */
export interface Stages extends AsyncDisposable {
  readonly list: readonly Stage[];
}

const NEVER = new AbortController().signal;
const ROWS_PER_BATCH = 500;

const CONTEXT: PollContext = {
  gateway: "bench",
  site: "bench",
  deviceId: "inv-0001",
  unitId: 1,
  identity: {
    manufacturer: "RustPeer Lab",
    model: "RP-17K-3PH",
    options: null,
    serial: "RP0000123456",
    firmware: "1.4.2-r3",
  },
  slotsMissed: 0,
  intervalMs: 1_000,
  sampledAtMs: 1_700_000_000_000,
  readDurationMs: 3,
  clockSynced: true,
};

const NUMBERING = createSequenceNumbering({ epoch: 1_700_000_000, streams: new Map() })
  .next("bench");

/** Creates the stages; the Modbus stage reads from `devices`. */
export async function createStages(
  devices: SimulatedDevices,
  folder: string,
): Promise<Stages> {
  const all = await pollImage("all");
  const normalised = await pollImage("normalised");
  const codec = createCodec();
  const [draft] = draftsOf(normalised);
  if (draft === undefined) throw new Error("The image results in no record");
  const payload = codec.encode(draft, NUMBERING);
  const buffer = await openBenchBuffer(`${folder}/micro.db`);
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const sessions = Array.from({ length: devices.count }, (_, index) =>
    pool.acquire({
      host: "127.0.0.1",
      port: devices.firstPort + index,
      gapMs: 0,
      connectTimeoutMs: 3_000,
    }).session);
  return {
    list: [
      {
        name: `decode all models of ${IMAGE_SIZE} registers, normalise`,
        run: repeat(() => draftsOf(all)),
      },
      {
        name: "decode the models that are polled (1, 103, 160), normalise",
        peer: "decode",
        run: repeat(() => draftsOf(normalised)),
      },
      {
        name: `Avro, ${payload.length} bytes`,
        peer: "avro",
        run: repeat(() => codec.encode(draft, NUMBERING)),
      },
      {
        name: "buffer: enqueue a row",
        peer: "enqueue",
        before: () => drain(buffer),
        run: (count) => enqueue(buffer, payload, count),
      },
      {
        name: "buffer: drain a row",
        peer: "drain",
        before: (count) => enqueue(buffer, payload, count),
        run: () => drain(buffer),
      },
      {
        name: `Modbus: a request of ${REGISTERS_PER_READ_MAX} registers`,
        peer: "request",
        run: (count) => readAll(sessions, count),
      },
    ],
    async [Symbol.asyncDispose]() {
      await pool.close();
      await buffer.close(NEVER);
    },
  };
}

function draftsOf({ plan, image }: ImagePoll): Draft[] {
  const outcome = decodePoll(plan, image);
  if (!outcome.ok) throw new Error(outcome.changes.join("; "));
  return normalise(CONTEXT, outcome.models);
}

/** The last result of a loop, stored so that the compiler does not remove the work. */
let kept: unknown;

function repeat(work: () => unknown): (count: number) => void {
  return (count) => {
    for (let done = 0; done < count; done++) kept = work();
    if (kept === undefined) throw new Error("The stage returned nothing");
  };
}

async function openBenchBuffer(path: string): Promise<Buffer> {
  const opened = await openBuffer(
    {
      path,
      flushIntervalMs: 1_000,
      powerLossWindowMs: 1_000,
      maxBytes: 2 ** 30,
      maxRows: 10_000_000,
      maxAgeMs: null,
    },
    SYSTEM_CLOCK,
    NEVER,
  );
  if (!opened.ok) throw new Error(opened.fault.detail);
  return opened.value;
}

let seq = 0;

async function enqueue(
  buffer: Buffer,
  payload: Uint8Array,
  count: number,
): Promise<void> {
  for (let done = 0; done < count; done += ROWS_PER_BATCH) {
    const rows: NewRow[] = [];
    while (rows.length < Math.min(ROWS_PER_BATCH, count - done)) {
      rows.push({
        stream: "bench/inv-0001/NormalizedInverterData",
        epoch: buffer.opened.epoch,
        seq: ++seq,
        topic: "bench",
        key: "inv-0001",
        payload,
        createdAtMs: 1_700_000_000_000,
      });
    }
    await buffer.append(rows, NEVER);
  }
  await buffer.flush(NEVER);
}

async function drain(buffer: Buffer): Promise<void> {
  const query = { countMax: ROWS_PER_BATCH, bytesMax: 8 * 2 ** 20 };
  for (let afterId = 0;;) {
    const rows = await buffer.oldest({ ...query, afterId }, NEVER);
    const last = rows.at(-1);
    if (last === undefined) break;
    afterId = last.id;
    buffer.acknowledge(rows.map(({ id }) => id));
  }
  await buffer.flush(NEVER);
}

/** Sends `count` requests, spread over the sessions; each session sends one after the other. */
async function readAll(
  sessions: readonly ModbusSession[],
  count: number,
): Promise<void> {
  const request = {
    unitId: 1,
    functionCode: 3,
    address: 40_000,
    count: REGISTERS_PER_READ_MAX,
    timeoutMs: 2_000,
  } as const;
  await Promise.all(sessions.map(async (session) => {
    for (let done = 0; done < count / sessions.length; done++) {
      const answer = await session.read(request, NEVER);
      if (!answer.ok) throw new Error(`A device does not answer: ${answer.fault.kind}`);
    }
  }));
}
