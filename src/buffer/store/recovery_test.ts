import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { FINGERPRINT, inFolder, rowsOf, SCHEMA } from "../../testing/buffer/rows.ts";
import { allRows, openQueueFile } from "../../testing/buffer/queue_file.ts";
import { pending } from "../gaps.ts";
import { EMPTY_BATCH } from "../queue.ts";
import { quarantineFile } from "./quarantine.ts";
import { openFile } from "./recovery.ts";
import { DISK, openDb } from "./sqlite.ts";

const WALL_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

Deno.test("openFile() refuses a second writer and names the process that has the file open", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const first = openQueueFile(path);
    const second = openFile(DISK, path, WALL_MS);
    ok(!second.ok && second.fault.kind === "in_use");
    ok(second.fault.detail.includes(`process ${Deno.pid}`), second.fault.detail);
    first.close();
    openQueueFile(path).close();
  }));

Deno.test("openFile() resolves symbolic links: two paths of one file share one lock", () =>
  inFolder((folder) => {
    const first = openQueueFile(`${folder}/queue.db`);
    Deno.symlinkSync(`${folder}/queue.db`, `${folder}/other.db`);
    const second = openFile(DISK, `${folder}/other.db`, WALL_MS);
    strictEqual(!second.ok && second.fault.kind, "in_use");
    first.close();
  }));

Deno.test("openFile() quarantines a damaged file with its log, and the epoch still increases", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const before = openQueueFile(path, {}, WALL_MS);
    before.queue.commit({ ...EMPTY_BATCH, rows: rowsOf("a", 1, 1, 500) }, 0, true);
    before.close();
    damage(path, 6 * 4096, 8 * 4096);
    Deno.writeTextFileSync(`${path}-wal`, "stale log");
    const after = openQueueFile(path, {}, WALL_MS - 10 ** 9);
    strictEqual(after.quarantinePath, `${path}.damaged-${date(WALL_MS - 10 ** 9)}`);
    ok(Deno.statSync(after.quarantinePath).size > 8 * 4096);
    ok(after.epoch > before.epoch, `${after.epoch} after ${before.epoch}`);
    deepStrictEqual(allRows(after), []);
    after.close();
  }));

Deno.test("openFile() carries the gaps of a quarantined file over: damaged, or after crashes", () =>
  inFolder((folder) => {
    const isDamaged = [true, false];
    for (const damaged of isDamaged) {
      const path = `${folder}/${damaged}.db`;
      const before = openQueueFile(path, { maxRows: 10 }, WALL_MS);
      const schemas = new Map([[FINGERPRINT, SCHEMA]]);
      const rows = rowsOf("a", 9, 1, 500, 400);
      for (let at = 0; at < 500; at += 5) {
        before.queue.commit(
          { ...EMPTY_BATCH, rows: rows.slice(at, at + 5), schemas },
          0,
          true,
        );
      }
      const lost = pending(before.queue.gaps).map((
        { firstSeq, lastSeq },
      ) => [firstSeq, lastSeq]);
      deepStrictEqual(lost, [[1, 490]]);
      before.close();
      const target = `${path}.aside`;
      if (damaged) {
        const root = openDb(path);
        const sql = "SELECT rootpage FROM sqlite_master WHERE name = 'dead_letters'";
        const page = Number(root.statement(sql).rows()[0]?.[0]);
        root.close();
        damage(path, (page - 1) * 4096, page * 4096);
      }
      for (let start = 0; start < 2; start++) { // An interrupted start is repeated.
        const opened = openFile(DISK, path, WALL_MS, damaged ? undefined : target);
        ok(opened.ok);
        if (start === 0 && damaged) ok(opened.value.quarantinePath !== undefined);
        opened.value.close();
      }
      const after = openQueueFile(path);
      const carried = pending(after.queue.gaps).map((
        { firstSeq, lastSeq },
      ) => [firstSeq, lastSeq]);
      deepStrictEqual(carried, lost);
      strictEqual(after.queue.rows, 0);
      after.close();
    }
  }));

Deno.test("quarantineFile() resumes after an interruption and does not touch the next file", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const target = `${path}.target`;
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
      if (steps < 3) throws(() => quarantineFile(interrupted, path, target), /killed/);
      else quarantineFile(interrupted, path, target);
      quarantineFile(DISK, path, target);
      // The next file already exists and has its own log.
      for (const part of ["", "-wal"]) Deno.writeTextFileSync(`${path}${part}`, "new");
      quarantineFile(DISK, path, target);
      for (const part of ["", "-wal", "-shm"]) {
        strictEqual(Deno.readTextFileSync(`${target}${part}`), `old${part}`);
        Deno.removeSync(`${target}${part}`);
      }
      for (const part of ["", "-wal"]) {
        strictEqual(Deno.readTextFileSync(`${path}${part}`), "new");
      }
    }
  }));

Deno.test("openFile() quarantines a file that is not a database, also twice within one second", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const target = [1, 2].map(() => {
      Deno.writeTextFileSync(path, "this is not a database ".repeat(1_000));
      const file = openQueueFile(path, {}, WALL_MS);
      file.close();
      return file.quarantinePath;
    });
    strictEqual(target[0], `${path}.damaged-${date(WALL_MS)}`);
    strictEqual(target[1], `${path}.damaged-${date(WALL_MS)}-2`);
  }));

Deno.test("openFile() writes nothing to a file of the current version, so a slow disk does not delay the start", () =>
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

Deno.test("openFile() turns an empty file into a buffer", () =>
  inFolder((folder) => {
    Deno.writeFileSync(`${folder}/queue.db`, new Uint8Array());
    const file = openQueueFile(`${folder}/queue.db`);
    strictEqual(file.quarantinePath, undefined);
    file.close();
  }));

Deno.test("openFile() replaces a damaged lock file", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/queue.db.lock`, "torn ".repeat(2_000));
    openQueueFile(`${folder}/queue.db`).close();
  }));

Deno.test("openFile() does not change a file of a newer version", () =>
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

Deno.test("openFile() does not change the database of another program", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const db = openDb(path);
    db.exec("CREATE TABLE theirs(a)");
    db.close();
    const opened = openFile(DISK, path, WALL_MS);
    strictEqual(!opened.ok && opened.fault.kind, "unusable");
    deepStrictEqual(damagedIn(folder), []);
  }));

Deno.test("openFile() reports a missing folder as a fault", () => {
  const opened = openFile(DISK, "/nonexistent/folder/queue.db", WALL_MS);
  ok(!opened.ok && opened.fault.kind === "unusable");
  match(opened.fault.detail, /\/nonexistent\/folder\/queue\.db/);
});

Deno.test("a file marked as suspect is checked at the next start, and the mark is removed", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const file = openQueueFile(path);
    file.suspect();
    ok(DISK.sizeOf(`${path}.suspect`) !== undefined);
    file.close();
    const again = openQueueFile(path);
    strictEqual(again.quarantinePath, undefined);
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

Deno.test("a file that fails in use twice is quarantined, although the checks find nothing", () =>
  inFolder((folder) => {
    const path = `${folder}/queue.db`;
    const once = openQueueFile(path);
    once.suspect();
    once.close();
    const twice = openQueueFile(path);
    strictEqual(twice.quarantinePath, undefined);
    twice.suspect();
    twice.close();
    const third = openQueueFile(path);
    ok(third.quarantinePath?.includes(".damaged-"));
    third.close();
    const fourth = openQueueFile(path);
    strictEqual(fourth.quarantinePath, undefined);
    fourth.close();
  }));
