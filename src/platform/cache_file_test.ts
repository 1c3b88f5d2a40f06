import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type CacheTrouble, ENTRIES_MAX, openCacheFile } from "./cache_file.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const never = (trouble: CacheTrouble): void => {
  throw new Error(`${trouble.is}: ${trouble.detail}`);
};

Deno.test("what was set is there after a restart, and leaves nothing beside it", async () => {
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

Deno.test("a file that is damaged, foreign or of another version begins empty and says so", async () => {
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
      const troubles: CacheTrouble[] = [];
      const cache = await openCacheFile(path, (trouble) => troubles.push(trouble));
      deepStrictEqual(troubles.map(({ is }) => is), ["damaged"], text);
      strictEqual([...cache.keys()].length, 0);
      cache.set("a", 1);
      await cache.flush();
      strictEqual((await openCacheFile(path, never)).get("a"), 1);
    }
  });
});

Deno.test("a file that cannot be written is told of once, and nothing fails", async () => {
  await withFolder(async (folder) => {
    const troubles: CacheTrouble[] = [];
    const cache = await openCacheFile(
      `${folder}/missing/cache.json`,
      (trouble) => troubles.push(trouble),
    );
    for (let round = 0; round < 3; round++) {
      cache.set("a", round);
      await cache.flush();
    }
    deepStrictEqual(troubles.map(({ is }) => is), ["unwritable"]);
    strictEqual(cache.get("a"), 2);
  });
});

Deno.test("the cache is bounded, and a value that is there already writes nothing", async () => {
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
