import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { inFolder, rowsOf } from "../../../tests/buffer/rows.ts";
import { allRows, openQueueFile } from "../../../tests/buffer/queue_file.ts";
import { EMPTY_BATCH } from "../queue.ts";
import { moveAside, openFile } from "./recovery.ts";
import { DISK, openDb } from "./sqlite.ts";

const WALL_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

Deno.test("a second writer is refused, and told the process that holds the file", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const first = openQueueFile(path);
    const second = openFile(DISK, path, WALL_MS);
    ok(!second.ok && second.fault.kind === "in_use");
    ok(second.fault.detail.includes(`process ${Deno.pid}`), second.fault.detail);
    first.close();
    openQueueFile(path).close();
  }));

Deno.test("two names of one file are one file", () =>
  inFolder((folder) => {
    const first = openQueueFile(`${folder}/queue.db`);
    Deno.symlinkSync(`${folder}/queue.db`, `${folder}/other.db`);
    const second = openFile(DISK, `${folder}/other.db`, WALL_MS);
    strictEqual(!second.ok && second.fault.kind, "in_use");
    first.close();
  }));

Deno.test("a damaged file is put aside with its log, and the epoch still rises", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const before = openQueueFile(path, {}, WALL_MS);
    before.queue.commit({ ...EMPTY_BATCH, rows: rowsOf("a", 1, 1, 500) }, 0, true);
    before.close();
    damage(path, 6 * 4096, 8 * 4096);
    Deno.writeTextFileSync(`${path}-wal`, "left behind");
    const after = openQueueFile(path, {}, WALL_MS - 10 ** 9);
    strictEqual(after.setAside, `${path}.damaged-${date(WALL_MS - 10 ** 9)}`);
    ok(Deno.statSync(after.setAside).size > 8 * 4096);
    ok(after.epoch > before.epoch, `${after.epoch} after ${before.epoch}`);
    deepStrictEqual(allRows(after), []);
    after.close();
  }));

Deno.test("putting a file aside goes on where it was interrupted, and takes nothing of the next file", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const aside = `${path}.aside`;
    for (let steps = 0; steps <= 3; steps++) {
      for (const part of ["", "-wal", "-shm"]) {
        Deno.writeTextFileSync(`${path}${part}`, `old${part}`);
      }
      let left = steps;
      const interrupted = {
        ...DISK,
        rename(from: string, to: string): void {
          if (left-- === 0) throw new Error("killed");
          DISK.rename(from, to);
        },
      };
      if (steps < 3) throws(() => moveAside(interrupted, path, aside), /killed/);
      else moveAside(interrupted, path, aside);
      moveAside(DISK, path, aside);
      // The next file stands there already, and has a log of its own.
      for (const part of ["", "-wal"]) Deno.writeTextFileSync(`${path}${part}`, "new");
      moveAside(DISK, path, aside);
      for (const part of ["", "-wal", "-shm"]) {
        strictEqual(Deno.readTextFileSync(`${aside}${part}`), `old${part}`);
        Deno.removeSync(`${aside}${part}`);
      }
      for (const part of ["", "-wal"]) {
        strictEqual(Deno.readTextFileSync(`${path}${part}`), "new");
      }
    }
  }));

Deno.test("what is no database at all is put aside, twice in one second too", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const aside = [1, 2].map(() => {
      Deno.writeTextFileSync(path, "this is no database ".repeat(1_000));
      const file = openQueueFile(path, {}, WALL_MS);
      file.close();
      return file.setAside;
    });
    strictEqual(aside[0], `${path}.damaged-${date(WALL_MS)}`);
    strictEqual(aside[1], `${path}.damaged-${date(WALL_MS)}-2`);
  }));

Deno.test("opening a file of this version writes nothing to it: a slow disk is not waited for", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    openQueueFile(path).close();
    const again = openFile(DISK, path, WALL_MS);
    ok(again.ok);
    strictEqual(DISK.sizeOf(`${path}-wal`), 0);
    const { db } = again.value;
    deepStrictEqual(db.statement("PRAGMA auto_vacuum").rows(), [[2]]); // incremental
    again.value.close();
  }));

Deno.test("an empty file becomes a buffer", () =>
  inFolder((folder) => {
    Deno.writeFileSync(`${folder}/queue.db`, new Uint8Array());
    const file = openQueueFile(`${folder}/queue.db`);
    strictEqual(file.setAside, undefined);
    file.close();
  }));

Deno.test("a torn lock file keeps nobody out", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/queue.db.lock`, "torn ".repeat(2_000));
    openQueueFile(`${folder}/queue.db`).close();
  }));

Deno.test("a file of a later version is left alone", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    openQueueFile(path).close();
    const db = openDb(path);
    db.exec("PRAGMA user_version=99");
    db.close();
    const opened = openFile(DISK, path, WALL_MS);
    ok(!opened.ok && opened.fault.kind === "newer");
    match(opened.fault.detail, /version 99/);
    deepStrictEqual(damagedIn(folder), []);
  }));

Deno.test("somebody else's database is left alone", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const db = openDb(path);
    db.exec("CREATE TABLE theirs(a)");
    db.close();
    const opened = openFile(DISK, path, WALL_MS);
    strictEqual(!opened.ok && opened.fault.kind, "unusable");
    deepStrictEqual(damagedIn(folder), []);
  }));

Deno.test("a folder that does not exist is a fault in words", () => {
  const opened = openFile(DISK, "/nonexistent/folder/queue.db", WALL_MS);
  ok(!opened.ok && opened.fault.kind === "unusable");
  match(opened.fault.detail, /\/nonexistent\/folder\/queue\.db/);
});

Deno.test("a file that was suspected is checked at the next start, and cleared", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const file = openQueueFile(path);
    file.suspect();
    ok(DISK.sizeOf(`${path}.suspect`) !== undefined);
    file.close();
    const again = openQueueFile(path);
    strictEqual(again.setAside, undefined);
    strictEqual(DISK.sizeOf(`${path}.suspect`), undefined);
    again.close();
  }));

function damage(path: string, from: number, to: number): void {
  const file = Deno.openSync(path, { write: true });
  file.seekSync(from, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(to - from).fill(0xa5));
  file.close();
}

function damagedIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.includes("damaged"));
}

function date(wallMs: number): string {
  return new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
