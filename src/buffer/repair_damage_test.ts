import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readRecordHead } from "../records/avro/payload_head.ts";
import {
  compare,
  fillFile,
  indexPages,
  type Outcome,
  rowPages,
  type Stored,
} from "../testing/buffer/damaged_files.ts";
import { openQueueFile } from "../testing/buffer/queue_file.ts";
import { inFolder } from "../testing/buffer/rows.ts";
import { repair, type RepairResult } from "./repair.ts";
import type { Db } from "./store/database.ts";
import { INTERRUPTIONS_MAX, scanRows, SMALL_STEPS_MAX } from "./store/table_scan.ts";
import { crc32, openDb } from "./store/sqlite.ts";

const ROWS = 600;

/** Statements per row, for each interruption by damage, and for damage at the end. */
const STATEMENTS_PER_ROW = 3;
const STATEMENTS_PER_PAGE = 300;
const STATEMENTS_AT_END = SMALL_STEPS_MAX + 200;

Deno.test("repair() ends and loses nothing silently, whichever pages are overwritten", () =>
  inFolder((folder) => {
    const { stored, bytes } = base(folder);
    const pages = rowPages(bytes);
    let run = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(pages.length - 1), { minLength: 1, maxLength: 6 }),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        (hit, noise) => {
          const damaged = bytes.slice();
          for (const page of hit) {
            const at = pages[page]?.at ?? 0;
            for (let byte = 0; byte < 4096; byte++) {
              damaged[at + byte] = (noise[byte % noise.length] ?? 0) ^ (byte & 0xff);
            }
          }
          const { outcome, statements, result } = repaired(
            `${folder}/${run++}`,
            damaged,
            stored,
          );
          deepStrictEqual(lossOf(outcome), { vanished: [], wrong: [] });
          const hitRows = hit.reduce(
            (sum, page) => sum + (pages[page]?.ids.length ?? 0),
            0,
          );
          strictEqual(result.rows, ROWS + 1 - hitRows);
          const limit = STATEMENTS_PER_ROW * ROWS +
            STATEMENTS_PER_PAGE * hit.length + STATEMENTS_AT_END;
          ok(statements <= limit, `${statements} statements`);
        },
      ),
      {
        numRuns: 30,
        examples: [
          // The page is then a valid leaf page with a few cells, all of them damaged.
          [[0], Uint8Array.of(13, 0, 0, 1, 0)],
          // The last of these cells has the id of a row in the next page.
          [[0], Uint8Array.of(13, 0, 0, 1, 27)],
          [[0], Uint8Array.of(13, 0, 0, 1, 48)],
        ],
      },
    );
  }));

Deno.test("repair() announces the rows of pages that are valid but list fewer rows", () =>
  inFolder((folder) => {
    const { stored, bytes } = base(folder);
    const pages = rowPages(bytes);
    let run = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(pages.length - 1), fc.integer({ min: 1, max: 20 })), {
          minLength: 1,
          maxLength: 4,
        }),
        (hit) => {
          const damaged = bytes.slice();
          const rowsLeft = new Map<number, number>();
          for (const [page, count] of hit) {
            const { at, ids } = pages[page] ?? { at: 0, ids: [] };
            const left = Math.min(count, ids.length);
            damaged.set([0, left], at + 3);
            rowsLeft.set(page, left);
          }
          const { outcome, result } = repaired(`${folder}/${run++}`, damaged, stored);
          deepStrictEqual(lossOf(outcome), { vanished: [], wrong: [] });
          const vanished = [...rowsLeft].reduce(
            (sum, [page, left]) => sum + (pages[page]?.ids.length ?? 0) - left,
            0,
          );
          strictEqual(result.rows, ROWS + 1 - vanished);
          strictEqual(result.unreadableIds, vanished);
        },
      ),
      { numRuns: 30 },
    );
  }));

Deno.test("repair() copies every row although the index is damaged", () =>
  inFolder((folder) => {
    const { stored, bytes } = base(folder);
    const pages = indexPages(bytes);
    ok(pages.length > 0);
    let run = 0;
    fc.assert(
      fc.property(
        fc.nat(pages.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 8 }),
        (page, noise, kept) => {
          const damaged = bytes.slice();
          const at = pages[page] ?? 0;
          for (let byte = kept; byte < 4096; byte++) {
            damaged[at + byte] = noise[byte % noise.length] ?? 0;
          }
          const { outcome, result } = repaired(`${folder}/${run++}`, damaged, stored);
          deepStrictEqual(lossOf(outcome), { vanished: [], wrong: [] });
          strictEqual(result.rows, ROWS + 1);
        },
      ),
      {
        numRuns: 30,
        // An entry whose text claims to be longer than SQLite allows.
        examples: [[1, Uint8Array.of(128, 128, 140, 71, 7, 168), 4]],
      },
    );
  }));

Deno.test("repair() copies every row although bits of ids are flipped", () =>
  inFolder((folder) => {
    const { stored, bytes } = base(folder);
    const ids = rowPages(bytes).flatMap((page) => page.ids);
    strictEqual(ids.length, ROWS + 1);
    let run = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(ids.length - 1), fc.integer({ min: 1, max: 127 })), {
          minLength: 1,
          maxLength: 8,
        }),
        (flips) => {
          const damaged = bytes.slice();
          // The length of the varint stays: its first bit continues it.
          for (const [row, mask] of flips) {
            const at = ids[row] ?? 0;
            damaged[at] = (damaged[at] ?? 0) ^ mask;
          }
          const { outcome, result } = repaired(`${folder}/${run++}`, damaged, stored);
          deepStrictEqual(lossOf(outcome), { vanished: [], wrong: [] });
          strictEqual(result.rows, ROWS + 1);
          strictEqual(outcome.announcedTwice, 0);
        },
      ),
      {
        numRuns: 30,
        // The first rows have ids that are too high.
        examples: [[[[2, 16], [0, 8], [1, 16]]], [[[0, 8], [0, 1]]]],
      },
    );
  }));

Deno.test("repair() reads past ids that are huge, negative or beyond the numbers of the driver", () =>
  inFolder((folder) => {
    const { stored, path } = base(folder);
    const source = openDb(path);
    const ids = [
      "9223372036854775807",
      "-9223372036854775808",
      "4611686018427387904",
      "-7",
    ];
    ids.forEach((id, at) =>
      source.exec(`UPDATE telemetry_queue SET id = ${id} WHERE id = ${at * 100 + 60}`)
    );
    source.close();
    const { outcome, result, statements } = repaired(
      `${folder}/huge`,
      Deno.readFileSync(path),
      stored,
    );
    deepStrictEqual(lossOf(outcome), { vanished: [], wrong: [] });
    strictEqual(result.rows, ROWS + 1);
    const limit = STATEMENTS_PER_ROW * ROWS + STATEMENTS_AT_END;
    ok(statements < limit, `${statements} statements`);
  }));

Deno.test("repair() brings pending gaps along, and marks those whose announcing row was copied", () =>
  inFolder((folder) => {
    const { stored, bytes } = base(folder);
    const path = `${folder}/damaged.db`;
    Deno.writeFileSync(path, bytes);
    const to = openQueueFile(`${folder}/to.db`);
    const from = openDb(path, { readOnly: true });
    strictEqual(repair(from, to.db, { crc32, readHead: readRecordHead }).gaps, 1);
    from.close();
    to.close();
    const again = openQueueFile(`${folder}/to.db`);
    const { gaps } = again.queue.gaps;
    deepStrictEqual(gaps.map(({ announcedBy }) => announcedBy === null).sort(), [
      false,
      true,
    ]);
    deepStrictEqual(lossOf(compare(again, stored, true)), { vanished: [], wrong: [] });
    again.close();
  }));

Deno.test("scanRows() ends on a file of which every page is damaged", () =>
  inFolder((folder) => {
    const { bytes } = base(folder);
    for (const { at } of rowPages(bytes)) bytes.fill(0x5a, at, at + 4096);
    const path = `${folder}/all.db`;
    Deno.writeFileSync(path, bytes);
    const { db, count } = counting(openDb(path, { readOnly: true }));
    const items = [...scanRows(db)];
    db.close();
    deepStrictEqual(items.filter(({ kind }) => kind === "row"), []);
    ok(items.length >= 1 && items.length < INTERRUPTIONS_MAX, `${items.length}`);
    ok(count() < 5_000, `${count()} statements`);
  }));

function base(folder: string): { stored: Stored; bytes: Uint8Array; path: string } {
  const path = `${folder}/base.db`;
  const stored = fillFile(path, ROWS);
  return { stored, bytes: Deno.readFileSync(path), path };
}

function lossOf({ vanished, wrong }: Outcome): Pick<Outcome, "vanished" | "wrong"> {
  return { vanished, wrong };
}

interface Repaired {
  readonly outcome: Outcome;
  readonly result: RepairResult;
  /** Statements run on the damaged file. */
  readonly statements: number;
}

function repaired(path: string, damaged: Uint8Array, stored: Stored): Repaired {
  Deno.writeFileSync(`${path}.damaged`, damaged);
  const { db, count } = counting(openDb(`${path}.damaged`, { readOnly: true }));
  let to = openQueueFile(`${path}.db`);
  try {
    const result = repair(db, to.db, { crc32, readHead: readRecordHead });
    const statements = count();
    to.close();
    to = openQueueFile(`${path}.db`);
    return { outcome: compare(to, stored, true), result, statements };
  } finally {
    to.close();
    db.close();
  }
}

/** Counts the statements that are run, and the rows that an iteration returns. */
function counting(db: Db): { db: Db; count: () => number } {
  let runs = 0;
  return {
    count: () => runs,
    db: {
      ...db,
      statement(sql) {
        const statement = db.statement(sql);
        return {
          run: statement.run,
          rows(...values) {
            runs++;
            return statement.rows(...values);
          },
          *iterate(...values) {
            runs++;
            for (const row of statement.iterate(...values)) {
              runs++;
              yield row;
            }
          },
        };
      },
    },
  };
}
