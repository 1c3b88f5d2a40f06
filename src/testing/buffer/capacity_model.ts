/**
 * A model of an agent over a real buffer file: it gives out numbers, stores rows,
 * announces gaps and delivers, while the destination goes away and the process ends.
 * It knows what became of every number.
 *
 * @module
 */

import type { HoldResult, NewRow, PendingGap } from "../../buffer/buffer.ts";
import { isExact } from "../../buffer/gap_merge.ts";
import { pending } from "../../buffer/gaps.ts";
import { type CommitBatch, EMPTY_BATCH } from "../../buffer/queue.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import { deletableRows } from "../../buffer/retention.ts";
import { heldRow } from "../../buffer/row_holds.ts";
import { openQueueFile, type QueueFile } from "./queue_file.ts";
import { FINGERPRINT, rowOf, SCHEMA, streamOf } from "./rows.ts";

const EVENTS = "events";
const GAP_BODY_BYTES = 250;
const GAPS_ON_THEIR_WAY_MAX = 50;
const WALL_MS = 1_800_000_000_000;

/** How a buffer is used. */
export interface ModelOptions {
  /** The folder of the file; each kill moves to another file in it. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly streams: number;
  /** Texts of further schemas, by fingerprint. */
  readonly schemas: ReadonlyMap<string, string>;
  /** Payload bytes of a row beyond its head. */
  readonly bodyBytes: number;
}

/** What becomes of a send. */
export type SendOutcome = "delivered" | "arrived without answer" | "unreachable";

/** What became of the numbers. */
export interface Account {
  readonly given: number;
  readonly delivered: number;
  /** Numbers of exact gaps that were delivered too. */
  readonly both: number;
  /** Numbers that were neither delivered nor are in a gap that was announced. */
  readonly neither: number;
  /** Sum of the `records` of all announced gaps. */
  readonly announced: number;
  /** Announced gaps that were merged. */
  readonly merged: number;
}

/** The agent of the model. */
export interface CapacityModel {
  readonly file: QueueFile;
  /** Size of database and log after the largest commit, in bytes. */
  readonly bytesMax: number;
  /** Commits whose newest row was not stored. */
  readonly newestMissing: number;
  readonly evicted: number;
  /** Stores `count` rows of each stream. */
  poll(count: number): void;
  /** Announces gaps as rows. */
  announce(): void;
  /** Sends up to `rows` rows, oldest first. */
  send(rows: number, outcome: SendOutcome): void;
  restart(how: "close" | "kill"): void;
  account(): Account;
  close(): void;
}

/** Opens a new file. */
export function createCapacityModel(options: ModelOptions): CapacityModel {
  const { streams, bodyBytes } = options;
  const devices = Array.from({ length: streams }, (_, at) => `device-${at}`);
  const numbers = createNumbers();
  const store = createStore(options);
  /** Rows that arrived without an answer stay held, as in the pump. */
  const uncertain = new Set<number>();

  function nextRow(device: string, announcesGap?: PendingGap): NewRow {
    const { epoch } = store.file;
    const seq = numbers.next(streamOf(device), epoch, announcesGap);
    return announcesGap === undefined
      ? rowOf(device, epoch, seq, bodyBytes)
      : rowOf(device, epoch, seq, GAP_BODY_BYTES, { announcesGap });
  }

  function send(count: number, outcome: SendOutcome): void {
    const { queue, reader } = store.file;
    const query = { afterId: 0, countMax: count, bytesMax: Infinity };
    const read = reader.read(query, new Set(), queue.lastId).rows;
    const toHold = read.map(heldRow);
    const heldRead = queue.holdRead(toHold);
    const held: HoldResult = heldRead > 0
      ? { kind: "held", rows: heldRead }
      : queue.hold(toHold);
    if (held.kind === "evicted") throw new Error("a row was evicted since it was read");
    const rows = read.slice(0, held.rows);
    const ids = rows.map(({ id }) => id);
    if (outcome === "unreachable") {
      return queue.release(ids.filter((id) => !uncertain.has(id)));
    }
    for (const { payload } of rows) numbers.arrived(payload);
    if (outcome === "delivered") store.acknowledge(ids);
    else for (const id of ids) uncertain.add(id);
  }

  return {
    get file() {
      return store.file;
    },
    get bytesMax() {
      return store.counts.bytesMax;
    },
    get newestMissing() {
      return store.counts.newestMissing;
    },
    get evicted() {
      return store.counts.evicted;
    },
    poll(count) {
      for (let n = 0; n < count; n++) {
        store.commit(devices.map((device) => nextRow(device)));
      }
    },
    announce() {
      const { gaps } = store.file.queue;
      const open = pending(gaps);
      const room = GAPS_ON_THEIR_WAY_MAX - (gaps.gaps.length - open.length);
      store.commit(open.slice(0, Math.max(0, room)).map((gap) => nextRow(EVENTS, gap)));
    },
    send,
    restart(how) {
      store.restart(how);
      uncertain.clear();
    },
    account: numbers.account,
    close: () => store.file.close(),
  };
}

/** The file, its commits and its restarts. */
interface Store {
  readonly file: QueueFile;
  readonly counts: { bytesMax: number; newestMissing: number; evicted: number };
  /** Commits rows in transactions of the size of group commit. */
  commit(rows: readonly NewRow[]): void;
  /** Commits the deletion of delivered rows. */
  acknowledge(ids: readonly number[]): void;
  restart(how: "close" | "kill"): void;
}

function createStore({ folder, maxBytes, bodyBytes, schemas }: ModelOptions): Store {
  let path = `${folder}/0.db`;
  let opened = 0;
  let file = openQueueFile(path, { maxBytes });
  const counts = { bytesMax: 0, newestMissing: 0, evicted: 0 };

  function transact(batch: Partial<CommitBatch>): void {
    const { queue } = file;
    const before = queue.lastId;
    const done = queue.commit({ ...EMPTY_BATCH, ...batch }, WALL_MS, false);
    counts.evicted += done.evicted;
    const isStored = queue.lastId > before || (batch.rows?.length ?? 0) === 0;
    if (!isStored) counts.newestMissing++;
    const bytes = sizeOf(path) + sizeOf(`${path}-wal`);
    counts.bytesMax = Math.max(counts.bytesMax, bytes);
  }

  return {
    get file() {
      return file;
    },
    counts,
    commit(rows) {
      const isNew = file.queue.schema(FINGERPRINT) === undefined;
      // As in group commit: each large schema in a transaction of its own.
      for (const one of isNew ? [...schemas, [FINGERPRINT, SCHEMA] as const] : []) {
        transact({ schemas: new Map([one]) });
      }
      const { commitBytesMax } = file.queue.limits;
      const count = Math.max(1, Math.floor(commitBytesMax / (bodyBytes + 80)));
      for (let first = 0; first < rows.length; first += count) {
        transact({ rows: rows.slice(first, first + count) });
      }
    },
    acknowledge(ids) {
      file.queue.settle(ids);
      // As in group commit: each transaction deletes what the log has room for.
      for (let first = 0; first < ids.length;) {
        const count = deletableRows(file.queue.limits, file.queue);
        transact({ acknowledged: ids.slice(first, first + count) });
        first += count;
      }
    },
    restart(how) {
      const before = file;
      if (how === "kill") {
        const next = `${folder}/${++opened}.db`;
        for (const part of ["", "-wal"]) copy(`${path}${part}`, `${next}${part}`);
        path = next;
      }
      before.close();
      file = openQueueFile(path, { maxBytes }, WALL_MS);
      while (file.queue.trim().evicted > 0);
    },
  };
}

/** What was given out and what became of it. */
interface Numbers {
  next(stream: string, epoch: number, announcesGap?: PendingGap): number;
  arrived(payload: Uint8Array): void;
  account(): Account;
}

function createNumbers(): Numbers {
  const last = new Map<string, number>();
  const given = new Set<string>();
  const delivered = new Set<string>();
  /** Gap by the number of the row that announces it. */
  const gapOf = new Map<string, PendingGap>();
  const announced = new Map<string, PendingGap>();
  return {
    next(stream, epoch, announcesGap) {
      const key = `${stream} ${epoch}`;
      const seq = (last.get(key) ?? 0) + 1;
      last.set(key, seq);
      given.add(`${key} ${seq}`);
      if (announcesGap !== undefined) gapOf.set(`${key} ${seq}`, announcesGap);
      return seq;
    },
    arrived(payload) {
      const head = readRecordHead(payload);
      if (head === undefined) throw new Error("a row without a head");
      const number = `${streamOf(head.deviceId)} ${head.epoch} ${head.seq}`;
      delivered.add(number);
      const gap = gapOf.get(number);
      if (gap !== undefined) announced.set(number, gap);
    },
    account() {
      let both = 0;
      let neither = 0;
      const gaps = [...announced.values()];
      for (const number of given) {
        const covering = gaps.filter((gap) => covers(gap, number));
        if (!delivered.has(number)) neither += covering.length === 0 ? 1 : 0;
        else if (covering.some(isExact)) both++;
      }
      return {
        given: given.size,
        delivered: delivered.size,
        both,
        neither,
        announced: gaps.reduce((sum, { records }) => sum + records, 0),
        merged: gaps.filter((gap) => !isExact(gap)).length,
      };
    },
  };
}

function covers(gap: PendingGap, number: string): boolean {
  const [stream, epochText, seqText] = number.split(" ");
  const [epoch, seq] = [Number(epochText), Number(seqText)];
  if (gap.stream !== stream || epoch < gap.epoch || epoch > gap.lastEpoch) return false;
  return (epoch > gap.epoch || seq >= gap.firstSeq) &&
    (epoch < gap.lastEpoch || seq <= gap.lastSeq);
}

function copy(from: string, to: string): void {
  try {
    Deno.copyFileSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return 0;
  }
}
