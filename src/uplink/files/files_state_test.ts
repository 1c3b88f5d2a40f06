import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  applyFilesChange,
  dueFiles,
  exceedsTotal,
  type FilesState,
  filesToDelete,
  initialFiles,
  limitsOf,
  openBytes,
} from "./files_state.ts";

const LIMITS = { rotateBytes: 100, rotateMs: 1_000, maxBytes: 400 };

Deno.test("limitsOf() keeps a file at a quarter of the total at most", () => {
  strictEqual(limitsOf({ maxBytes: 400, rotateBytes: 1_000 }).rotateBytes, 100);
  strictEqual(limitsOf({ maxBytes: 400, rotateBytes: 50 }).rotateBytes, 50);
});

Deno.test("applyFilesChange() keeps the bytes of open files through any sequence of changes", () => {
  const key = fc.constantFrom("a", "b", "c");
  const bytes = fc.nat(200);
  fc.assert(fc.property(fc.array(fc.tuple(key, bytes, fc.nat(2))), (steps) => {
    const sizes = new Map<string, number>();
    let state: FilesState<string> = initialFiles();
    for (const [key, bytes, step] of steps) {
      if (step === 0) {
        state = applyFilesChange(state, { kind: "closed", key });
        sizes.delete(key);
      } else if (step === 1 && !sizes.has(key)) {
        const file = { handle: key, name: key, bytes, beganMs: 0 };
        state = applyFilesChange(state, { kind: "opened", key, file });
        sizes.set(key, bytes);
      } else if (sizes.has(key)) {
        state = applyFilesChange(state, { kind: "resized", key, bytes });
        sizes.set(key, bytes);
      }
    }
    strictEqual(
      openBytes(state),
      [...sizes.values()].reduce((sum, size) => sum + size, 0),
    );
    deepStrictEqual([...state.open.keys()].sort(), [...sizes.keys()].sort());
  }));
});

Deno.test("dueFiles() returns full and old files, and the oldest beyond 32", () => {
  const state = withFiles(Array.from({ length: 34 }, (_, at) => ({
    bytes: at === 33 ? 100 : 1,
    beganMs: at === 20 ? 0 : 500,
  })));
  deepStrictEqual(dueFiles(state, LIMITS, 1_000), ["0", "1", "20", "33"]);
  deepStrictEqual(dueFiles(state, LIMITS, 900), ["0", "1", "33"]);
});

Deno.test("filesToDelete() deletes as few of the oldest files as the limit requires", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 20 });
  fc.assert(fc.property(sizes, fc.nat(300), (sizes, bytes) => {
    const finished = sizes.map((bytes, at) => ({ name: String(at), bytes }));
    const finishedBytes = sizes.reduce((sum, size) => sum + size, 0);
    const state = applyFilesChange(withFiles([{ bytes, beganMs: 0 }]), {
      kind: "scanned",
      finishedBytes,
    });
    const deleted = filesToDelete(finished, state, LIMITS);
    const totalAfter = (count: number): number =>
      bytes + sizes.slice(count).reduce((sum, size) => sum + size, 0);
    deepStrictEqual(deleted, finished.slice(0, deleted.length));
    ok(
      totalAfter(deleted.length) <= LIMITS.maxBytes || deleted.length === sizes.length,
    );
    ok(deleted.length === 0 || totalAfter(deleted.length - 1) > LIMITS.maxBytes);
    strictEqual(exceedsTotal(state, LIMITS), totalAfter(0) > LIMITS.maxBytes);
  }));
});

function withFiles(
  files: readonly { readonly bytes: number; readonly beganMs: number }[],
): FilesState<number> {
  return files.reduce<FilesState<number>>(
    (state, file, at) =>
      applyFilesChange(state, {
        kind: "opened",
        key: String(at),
        file: { ...file, handle: at, name: `file-${at}` },
      }),
    initialFiles(),
  );
}
