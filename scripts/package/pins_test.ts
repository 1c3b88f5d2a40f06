import { deepStrictEqual, match, ok } from "node:assert/strict";
import { ROOT } from "./run_tool.ts";

const read = (path: string): Promise<string> => Deno.readTextFile(`${ROOT}${path}`);

Deno.test("every Python package of the tests is pinned by hash, and pip requires it", async () => {
  const text = await read("src/testing/requirements.txt");
  const packages = text.replaceAll("\\\n", " ").split("\n")
    .filter((line) => /^\w/.test(line));
  const direct = (await read("src/testing/requirements.in")).split("\n")
    .filter((line) => /^\w/.test(line));
  ok(direct.length > 0);
  for (const pin of direct) {
    ok(packages.some((line) => line.startsWith(`${pin} `)), pin);
  }
  deepStrictEqual(
    packages.filter((line) => !/^\S+==\S+ .*--hash=sha256:[0-9a-f]{64}/.test(line)),
    [],
  );
  match(await read("scripts/prepare"), /--require-hashes -r "\$ROOT\/\$REQUIREMENTS"/);
});

Deno.test("setup installs only the Deno whose hash it pins, from either source", async () => {
  const text = await read("scripts/setup");
  for (const machine of ["x86_64", "aarch64"]) {
    match(text, new RegExp(`^WHEEL_SHA_${machine}=[0-9a-f]{64}$`, "m"));
    match(text, new RegExp(`^DENO_SHA_${machine}=[0-9a-f]{64}$`, "m"));
  }
  // A checksum from the host of the download proves nothing.
  ok(!text.includes(".sha256sum"));
  ok(text.lastIndexOf("$DENO_SHA_") < text.indexOf('mv -f "$WORK/deno"'));
});

Deno.test("a build resolves packages by the lock file only, and takes no unverified denort", async () => {
  for (const path of ["scripts/build", "scripts/test", "scripts/collector"]) {
    match(await read(path), /"\$DENO" run --quiet --frozen /, path);
  }
  const binary = await read("scripts/package/binary.ts");
  match(binary, /"bundle", "--quiet", "--frozen"/);
  match(binary, /DENORT_BIN: await denortFromWheel\(/);
});
