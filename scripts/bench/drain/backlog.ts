/**
 * Writes the backlog of an outage into a buffer file, by the agent's own encoder and
 * buffer: the records of many devices, in the order in which they would be polled.
 *
 * @module
 */

import type { NewRow } from "../../../src/buffer/buffer.ts";
import { openBuffer } from "../../../src/buffer/worker/client.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import { createCodec } from "../../../src/records/avro/codec.ts";
import { normalise } from "../../../src/records/normalise/normalise.ts";
import { type Draft, streamName } from "../../../src/records/record.ts";
import { decodePoll } from "../../../src/sunspec/decode/poll_decode.ts";
import { pollImage } from "../image.ts";

/** Size and content of a backlog. */
export interface BacklogOptions {
  readonly path: string;
  readonly gateway: string;
  readonly rows: number;
  readonly devices: number;
  readonly intervalMs: number;
  /** The devices are distributed over these topics. */
  readonly topics: readonly string[];
}

/** Maximum size of the file; larger than any backlog that is measured. */
export const BUFFER_BYTES_MAX = 8 * 2 ** 30;

const NEVER = new AbortController().signal;
const ROWS_PER_APPEND = 500;

/** Writes the backlog; its last row is one interval old. */
export async function writeBacklog(options: BacklogOptions): Promise<void> {
  const { path, gateway, rows, devices, intervalMs, topics } = options;
  const opened = await openBuffer(
    {
      path,
      flushIntervalMs: 1_000,
      powerLossWindowMs: 60_000,
      maxBytes: BUFFER_BYTES_MAX,
      maxRows: 10 * rows,
      maxAgeMs: null,
    },
    SYSTEM_CLOCK,
    NEVER,
  );
  if (!opened.ok) throw new Error(opened.fault.detail);
  const buffer = opened.value;
  const codec = createCodec(({ fingerprint, text }) =>
    buffer.addSchema(fingerprint, text)
  );
  const sources = await deviceSources(gateway, devices, intervalMs);
  const firstSlotMs = Date.now() - Math.ceil(rows / devices) * intervalMs;
  const { epoch } = buffer.opened;
  let pending: NewRow[] = [];
  for (let at = 0; at < rows; at++) {
    const number = at % devices;
    const draft = sources[number];
    if (draft === undefined) throw new Error("A backlog requires a device");
    const seq = Math.floor(at / devices) + 1;
    const createdAtMs = firstSlotMs + seq * intervalMs + number;
    const { device_id } = draft.source;
    pending.push({
      stream: streamName(gateway, device_id, draft.type),
      epoch,
      seq,
      topic: topics[number % topics.length] ?? "",
      key: device_id,
      payload: codec.encode(
        {
          ...draft,
          source: { ...draft.source, sampled_at: createdAtMs },
          fields: { ...draft.fields, ac_power_w: Math.round(Math.random() * 17_000) },
        },
        { epoch, seq, prev_epoch: null, prev_seq: null },
      ),
      createdAtMs,
    });
    if (pending.length < ROWS_PER_APPEND && at < rows - 1) continue;
    await buffer.append(pending, NEVER);
    pending = [];
  }
  await buffer.flush(NEVER);
  await buffer.close(NEVER);
}

/** One record of each device, to be numbered. */
async function deviceSources(
  gateway: string,
  devices: number,
  intervalMs: number,
): Promise<readonly Draft[]> {
  const { plan, image } = await pollImage("normalised");
  const decoded = decodePoll(plan, image);
  if (!decoded.ok) throw new Error(decoded.changes.join("; "));
  const { models } = decoded;
  return Array.from({ length: devices }, (_, number) => {
    const [draft] = normalise({
      gateway,
      site: gateway,
      deviceId: deviceName(number),
      unitId: 1,
      identity: {
        manufacturer: "RustPeer Lab",
        model: "RP-17K-3PH",
        options: null,
        serial: `RP${number}`,
        firmware: "1.4.2-r3",
      },
      slotsMissed: 0,
      intervalMs,
      sampledAtMs: 0,
      readDurationMs: 3,
      clockSynced: true,
    }, models);
    if (draft === undefined) throw new Error("The image results in no record");
    return draft;
  });
}

/** The id of the device with this number. */
export function deviceName(number: number): string {
  return `inv-${String(number).padStart(4, "0")}`;
}
