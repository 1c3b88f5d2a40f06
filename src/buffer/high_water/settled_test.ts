import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { type BufferParts, openParts } from "../worker/buffer_parts.ts";
import { inFolder, optionsIn, rowsOf, streamOf } from "../../testing/buffer/rows.ts";
import { pending } from "../gaps.ts";
import { SETTLE_ROWS } from "./mark_keeper.ts";
import {
  addPage,
  lastByCrc,
  settledBy,
  startPass,
  type WaitingRows,
} from "./settled.ts";

const WALL_MS = 1_800_000_000_000;

function mustOpen(folder: string): { parts: BufferParts; epoch: number } {
  const opened = openParts(optionsIn(folder), WALL_MS);
  if (!opened.ok) throw new Error(opened.fault.detail);
  return { parts: opened.value.parts, epoch: opened.value.found.epoch };
}

/** Opens the buffer, loses its file, and returns what the next start announces. */
async function lostAfter(
  folder: string,
  work: (parts: BufferParts, epoch: number) => Promise<void>,
): Promise<[stream: string, firstSeq: number, lastSeq: number][]> {
  const { parts, epoch } = mustOpen(folder);
  await work(parts, epoch);
  parts.file.close();
  for (const part of ["", "-wal", "-shm"]) {
    await Deno.remove(`${optionsIn(folder).path}${part}`).catch(() => {});
  }
  const after = mustOpen(folder);
  const gaps = pending(after.parts.queue.gaps);
  after.parts.file.close();
  return gaps.map(({ stream, firstSeq, lastSeq }) => [stream, firstSeq, lastSeq]);
}

function store(
  { writeBuffer }: BufferParts,
  ...rows: Parameters<typeof rowsOf>
): void {
  writeBuffer.append(rowsOf(...rows));
  writeBuffer.commit(false);
}

function deliver({ writeBuffer }: BufferParts, firstId: number, lastId: number): void {
  writeBuffer.acknowledge(
    Array.from({ length: lastId - firstId + 1 }, (_, at) => firstId + at),
  );
  writeBuffer.commit(false);
}

Deno.test("a waiting row of one stream unsettles no delivered number of another", () =>
  inFolder(async (folder) => {
    const gaps = await lostAfter(folder, async (parts, epoch) => {
      store(parts, "blocked", epoch, 1, 1);
      store(parts, "a", epoch, 1, 5_000, 20);
      deliver(parts, 2, 4_001);
      await parts.mark.start();
    });
    deepStrictEqual(gaps, [
      [streamOf("a"), 4_001, 5_000],
      [streamOf("blocked"), 1, 1],
    ]);
  }));

Deno.test("a gap of one stream unsettles no delivered number of another", () =>
  inFolder(async (folder) => {
    const gaps = await lostAfter(folder, async (parts, epoch) => {
      store(parts, "refused", epoch, 1, 3);
      store(parts, "a", epoch, 1, 20);
      parts.writeBuffer.deadLetter(2, "refused");
      deliver(parts, 1, 1);
      deliver(parts, 3, 23);
      await parts.mark.start();
    });
    deepStrictEqual(gaps, [[streamOf("refused"), 2, 3]]);
  }));

Deno.test("a backlog beyond one step is passed in several intervals, also after a restart", () =>
  inFolder(async (folder) => {
    const first = mustOpen(folder);
    store(first.parts, "a", first.epoch, 1, 500, 20);
    for (let from = 1; from <= 2 * SETTLE_ROWS; from += 1_000) {
      store(first.parts, "blocked", first.epoch, from, from + 999, 20);
    }
    first.parts.file.close();
    const gaps = await lostAfter(folder, async (parts) => {
      deliver(parts, 1, 500);
      for (let nth = 0; nth < 4; nth++) await parts.mark.start();
    });
    deepStrictEqual(gaps, [[streamOf("blocked"), 1, 2 * SETTLE_ROWS]]);
  }));

const CRCS = new Map([["a", 1], ["b", 2], ["twin of b", 2]]);
const crcOf = (stream: string): number => CRCS.get(stream) ?? 0;

Deno.test("a number is settled only below all rows and gaps of its stream, in any steps", () => {
  const anyRows = fc.record({
    streamCrc: fc.constantFrom(1, 2, 3, null),
    epoch: fc.integer({ min: 1, max: 4 }),
    first: fc.integer({ min: 0, max: 12 }),
    count: fc.nat(3),
  });
  const anyGap = fc.record({
    stream: fc.constantFrom("a", "b", "twin of b"),
    epoch: fc.integer({ min: 1, max: 3 }),
    firstSeq: fc.integer({ min: 1, max: 10 }),
  });
  let settledCount = 0;
  fc.assert(
    fc.property(
      fc.array(fc.array(anyRows, { maxLength: 3 }), { maxLength: 4 }),
      fc.array(anyGap, { maxLength: 3 }),
      (pages, gaps) => {
        const streams = new Map([...CRCS.keys()].map((name) => [name, {
          epoch: 3,
          seq: 10,
        }]));
        let pass = startPass(100, streams);
        const all: WaitingRows[] = [];
        for (const page of pages) {
          const rows = page.map(({ count, ...rest }) => ({
            ...rest,
            last: rest.first + count,
          }));
          all.push(...rows);
          pass = addPage(pass, { rows, readUpTo: 1 }, lastByCrc(streams, crcOf));
        }
        for (const [stream, { epoch, seq }] of settledBy(pass, gaps, crcOf)) {
          settledCount++;
          const isSettled = (number: number, of: number) =>
            of < epoch || (of === epoch && number <= seq);
          ok(
            !gaps.some((gap) =>
              gap.stream === stream && isSettled(gap.firstSeq, gap.epoch)
            ),
          );
          ok(all.every((rows) => rows.streamCrc === 1 || rows.streamCrc === 2));
          ok(
            !all.some((rows) =>
              rows.streamCrc === crcOf(stream) && isSettled(rows.first, rows.epoch)
            ),
          );
        }
      },
    ),
  );
  ok(settledCount > 50, `only ${settledCount}`);
});
