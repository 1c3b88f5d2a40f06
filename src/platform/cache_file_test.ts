import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type CacheFileFault, ENTRIES_MAX, openCacheFile } from "./cache_file.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const never = (fault: CacheFileFault): void => {
  throw new Error(`${fault.kind}: ${fault.detail}`);
};

Deno.test("CacheFile.flush() writes all values and leaves no temporary file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/cache.json`;
    const entries = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(entries, async (wanted) => {
        const cache = await openCacheFile(path, never);
        for (const key of [...cache.keys()]) cache.delete(key);
        for (const [key, value] of Object.entries(wanted)) cache.set(key, value);
        await cache.flush();
        const again = await openCacheFile(path, never);
        for (const [key, value] of Object.entries(wanted)) {
          deepStrictEqual(again.get(key), JSON.parse(JSON.stringify(value)));
        }
        strictEqual([...again.keys()].length, Object.keys(wanted).length);
      }),
      { numRuns: 30 },
    );
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [
      "cache.json",
    ]);
  });
});

Deno.test("openCacheFile() reports a damaged, foreign or incompatible file and starts empty", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/cache.json`;
    const texts = [
      "",
      '{"version":1,"entries":{"a":',
      "[]",
      '{"version":2,"entries":{}}',
      '{"version":1}',
      '{"version":1,"entries":[]}',
      "\u0000".repeat(4_096),
    ];
    for (const text of texts) {
      await Deno.writeTextFile(path, text);
      const faults: CacheFileFault[] = [];
      const cache = await openCacheFile(path, (fault) => faults.push(fault));
      deepStrictEqual(faults.map(({ kind }) => kind), ["damaged"], text);
      strictEqual([...cache.keys()].length, 0);
      cache.set("a", 1);
      await cache.flush();
      strictEqual((await openCacheFile(path, never)).get("a"), 1);
    }
  });
});

Deno.test("CacheFile.flush() reports a file that cannot be written once and never rejects", async () => {
  await withFolder(async (folder) => {
    const faults: CacheFileFault[] = [];
    const cache = await openCacheFile(
      `${folder}/missing/cache.json`,
      (fault) => faults.push(fault),
    );
    for (let round = 0; round < 3; round++) {
      cache.set("a", round);
      await cache.flush();
    }
    deepStrictEqual(faults.map(({ kind }) => kind), ["unwritable"]);
    strictEqual(cache.get("a"), 2);
  });
});

Deno.test("CacheFile.set() is bounded and writes no equal value", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/cache.json`;
    const cache = await openCacheFile(path, never);
    for (let at = 0; at <= ENTRIES_MAX; at++) cache.set(`unit ${at}`, at);
    strictEqual([...cache.keys()].length, ENTRIES_MAX);
    strictEqual(cache.get("unit 0"), undefined);
    await cache.flush();
    const { mtime } = await Deno.stat(path);
    cache.set("unit 1", 1);
    await cache.flush();
    deepStrictEqual((await Deno.stat(path)).mtime, mtime);
    ok(mtime !== null);
  });
});
