import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { inFolder, optionsIn, rowsOf } from "../../testing/buffer/rows.ts";
import { pending } from "../gaps.ts";
import { type BufferParts, openParts } from "./buffer_parts.ts";

const WALL_MS = 1_800_000_000_000;

function mustOpenParts(folder: string): {
  readonly parts: BufferParts;
  readonly epoch: number;
  readonly quarantinePath: string | undefined;
} {
  const opened = openParts(optionsIn(folder), WALL_MS);
  if (!opened.ok) throw new Error(opened.fault.detail);
  const { parts, found } = opened.value;
  return { parts, epoch: found.epoch, quarantinePath: found.quarantinePath };
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
