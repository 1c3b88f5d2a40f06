import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { inFolder, optionsIn, rowsOf, streamOf } from "../../testing/buffer/rows.ts";
import { pending } from "../gaps.ts";
import { NO_MARK, withGivenOut } from "../high_water/mark.ts";
import { encodeMark } from "../high_water/mark_text.ts";
import { crc32 } from "../store/sqlite.ts";
import { type BufferParts, markPath, openParts } from "./buffer_parts.ts";

const WALL_MS = 1_800_000_000_000;
/** An even generation is in the first slot of a mark. */
const SLOT_GENERATION = 2;

function mustOpenParts(folder: string): {
  readonly parts: BufferParts;
  readonly epoch: number;
  readonly quarantinePath: string | undefined;
  readonly markFault: string | undefined;
} {
  const opened = openParts(optionsIn(folder), WALL_MS);
  if (!opened.ok) throw new Error(opened.fault.detail);
  const { parts, found } = opened.value;
  const { epoch, quarantinePath, markFault } = found;
  return { parts, epoch, quarantinePath, markFault };
}

/** Each leaves a file in which `quick_check` finds nothing. */
const DAMAGE: readonly string[] = [
  "ALTER TABLE gaps RENAME COLUMN last_seq TO last_se1",
  "DROP TABLE streams",
  "ALTER TABLE telemetry_queue RENAME COLUMN payload TO paylo4d",
];

for (const damage of DAMAGE) {
  Deno.test(`openParts() quarantines a file after "${damage}", and announces its rows`, () =>
    inFolder(async (folder) => {
      const before = mustOpenParts(folder);
      before.parts.writeBuffer.append(rowsOf("a", before.epoch, 1, 20));
      before.parts.writeBuffer.commit(true);
      await before.parts.mark.stop();
      before.parts.file.close();
      const db = new DatabaseSync(optionsIn(folder).path);
      db.exec(damage);
      deepStrictEqual({ ...db.prepare("PRAGMA quick_check").get() }, {
        "quick_check": "ok",
      });
      db.close();

      const after = mustOpenParts(folder);
      ok(after.quarantinePath?.includes(".damaged-"));
      ok(after.epoch > before.epoch);
      deepStrictEqual(
        pending(after.parts.queue.gaps).map((
          { epoch, firstSeq, lastSeq },
        ) => [epoch, firstSeq, lastSeq]),
        [[before.epoch, 1, 20]],
      );
      after.parts.writeBuffer.append(rowsOf("a", after.epoch, 1, 5));
      strictEqual(after.parts.writeBuffer.commit(true), true);
      after.parts.file.close();
    }));
}

Deno.test("openParts() uses only the epoch of a mark that was copied from another gateway", () =>
  inFolder((folder) => {
    const before = mustOpenParts(folder);
    before.parts.writeBuffer.append(rowsOf("a", before.epoch, 1, 20));
    before.parts.writeBuffer.commit(true);
    before.parts.file.close();
    const theirs = before.epoch + 1_000_000;
    const stream = "gw-2/a/Reading";
    const given = new Map([[stream, { epoch: theirs, seq: 50 }]]);
    const mark = withGivenOut(NO_MARK, theirs, given);
    Deno.writeFileSync(
      markPath(optionsIn(folder).path),
      encodeMark({ mark, generation: SLOT_GENERATION }, crc32),
    );

    const after = mustOpenParts(folder);
    deepStrictEqual(pending(after.parts.queue.gaps), []);
    deepStrictEqual([...after.parts.queue.streams.keys()], [streamOf("a")]);
    strictEqual(after.markFault, "it belongs to the gateway gw-2");
    ok(after.epoch > theirs);
    after.parts.file.close();
    return Promise.resolve();
  }));
