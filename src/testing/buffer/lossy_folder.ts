/**
 * A buffer's folder under attack: the buffer is opened and crashes, and its files are
 * copied, removed, and replaced by older copies. A model records all numbers.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";
import type { PendingGap } from "../../buffer/buffer.ts";
import { type LostRange, pending } from "../../buffer/gaps.ts";
import {
  type BufferParts,
  markPath,
  openParts,
} from "../../buffer/worker/buffer_parts.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import { FINGERPRINT, optionsIn, rowOf, SCHEMA } from "./rows.ts";

const DATABASE_PARTS = ["", "-wal", "-shm"];

/** A number that was given out, `epoch/seq`; all are of one stream. */
type NumberName = string;

/** The folder, its buffer, and what is known of the numbers. */
export interface LossyFolder extends Omit<DatabaseFiles, "keepAtKill"> {
  readonly epochs: readonly number[];
  /** Stores rows with the next numbers. */
  write(count: number): void;
  /** Delivers and acknowledges the oldest rows, and gap rows among them. */
  deliver(count: number): void;
  /** Stores a row for each pending gap. */
  announce(): void;
  /** Writes the mark, as after its interval. */
  writeMark(): Promise<void>;
  /** Ends the process without a last commit, and starts it again. */
  crash(between: () => void, wallMs: number): Promise<void>;
  removeMark(): void;
  pendingGaps(): readonly PendingGap[];
  /** Numbers that the mark showed and that are neither delivered, stored nor announced. */
  lost(): readonly NumberName[];
  close(): void;
}

/**
 * Opens a buffer in `folder`.
 *
 * @throws if a number is given out twice.
 */
export async function openLossyFolder(
  folder: string,
  wallMs: number,
  seed: number,
): Promise<LossyFolder> {
  const random = createSeededRandom(seed);
  const options = optionsIn(folder);
  const files = databaseFiles(folder, options.path);
  const used = new Set<NumberName>();
  const delivered = new Set<NumberName>();
  const announced: PendingGap[] = [];
  const gapOfRow = new Map<NumberName, PendingGap>();
  const epochs: number[] = [];
  let marked = new Set<NumberName>();
  /** Lost when the mark did not show them yet, or given out before a mark was removed. */
  const unmarked = new Set<NumberName>();
  let seq = 0;
  let parts = await open(wallMs);

  async function open(atMs: number): Promise<BufferParts> {
    const opened = openParts(options, atMs, random);
    if (!opened.ok) throw new Error(opened.fault.detail);
    const { parts, found } = opened.value;
    epochs.push(found.epoch);
    seq = 0;
    parts.writeBuffer.addSchema(FINGERPRINT, SCHEMA);
    parts.writeBuffer.commit(false);
    await parts.mark.start();
    return parts;
  }

  function append(announcesGap?: PendingGap): void {
    const epoch = epochs.at(-1) ?? 0;
    seq++;
    const name = `${epoch}/${seq}`;
    if (used.has(name)) throw new Error(`${name} is given out twice`);
    used.add(name);
    if (announcesGap !== undefined) gapOfRow.set(name, announcesGap);
    const gap = announcesGap === undefined ? {} : { announcesGap };
    parts.writeBuffer.append([rowOf("a", epoch, seq, 20, gap)]);
  }

  const stored = () => {
    const query = { afterId: 0, countMax: Infinity, bytesMax: Infinity };
    return parts.reader.read(query, new Set(), parts.queue.lastId).rows.map((row) => {
      const head = readRecordHead(row.payload);
      return { id: row.id, name: `${head?.epoch}/${head?.seq}` };
    });
  };
  function lostOf(names: ReadonlySet<NumberName>): NumberName[] {
    const here = new Set(stored().map(({ name }) => name));
    const gaps = [...announced, ...parts.queue.gaps.gaps];
    return [...names].filter((name) =>
      !delivered.has(name) && !here.has(name) && !isCoveredBy(gaps, name)
    );
  }

  return {
    epochs,
    write(count) {
      for (let nth = 0; nth < count; nth++) append();
      parts.writeBuffer.commit(false);
    },
    deliver(count) {
      const rows = stored().slice(0, count);
      for (const { name } of rows) {
        delivered.add(name);
        const gap = gapOfRow.get(name);
        if (gap !== undefined) announced.push(gap);
      }
      parts.writeBuffer.acknowledge(rows.map(({ id }) => id));
      parts.writeBuffer.commit(false);
    },
    announce() {
      for (const gap of parts.writeBuffer.state().gaps ?? []) append(gap);
      parts.writeBuffer.commit(false);
    },
    async writeMark() {
      await parts.mark.start();
      marked = used.difference(unmarked);
    },
    async crash(between, atMs) {
      files.keepAtKill(() => parts.file.close());
      between();
      parts = await open(atMs);
      for (const name of lostOf(used.difference(marked))) unmarked.add(name);
    },
    ...files,
    removeMark() {
      removeIfExists(markPath(options.path));
      marked = new Set();
      for (const name of used) unmarked.add(name);
    },
    pendingGaps: () => pending(parts.queue.gaps),
    lost: () => lostOf(marked),
    close: () => parts.file.close(),
  };
}

/** The faults of a database that is closed. */
interface DatabaseFiles {
  keepCopy(): void;
  restoreCopy(): void;
  removeWal(): void;
  removeAll(): void;
  /** Leaves the files as after a kill: what is not committed is lost, and the log stays. */
  keepAtKill(close: () => void): void;
}

function databaseFiles(folder: string, path: string): DatabaseFiles {
  const copy = `${folder}/copy`;
  const killed = `${folder}/killed`;
  return {
    keepCopy: () => copyDatabase(path, copy),
    restoreCopy() {
      if ([...Deno.readDirSync(folder)].some(({ name }) => name === "copy")) {
        copyDatabase(copy, path);
      }
    },
    removeWal: () => removeDatabase(path, DATABASE_PARTS.slice(1)),
    removeAll: () => removeDatabase(path),
    keepAtKill(close) {
      copyDatabase(path, killed);
      close();
      removeDatabase(path);
      copyDatabase(killed, path);
    },
  };
}

function copyDatabase(from: string, to: string): void {
  for (const part of DATABASE_PARTS) {
    try {
      Deno.copyFileSync(`${from}${part}`, `${to}${part}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      removeIfExists(`${to}${part}`);
    }
  }
}

function removeDatabase(path: string, parts = DATABASE_PARTS): void {
  for (const part of parts) removeIfExists(`${path}${part}`);
}

function isCoveredBy(gaps: readonly LostRange[], name: NumberName): boolean {
  const [epoch = 0, number = 0] = name.split("/").map(Number);
  return gaps.some((gap) =>
    gap.epoch === epoch && gap.firstSeq <= number && number <= gap.lastSeq
  );
}

function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
