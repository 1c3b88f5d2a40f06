import { deepStrictEqual, match, ok, throws } from "node:assert/strict";
import { TARGETS } from "./binary.ts";
import { ROOT } from "./run_tool.ts";
import { parsePins, readPins } from "./runtime_pins.ts";

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

Deno.test("setup installs only the Deno whose hash is pinned, from either source", async () => {
  const pins = await read("scripts/runtimes");
  const setup = await read("scripts/setup");
  for (const name of ["LTS_WHEEL", "LTS_DENO", "FALLBACK_WHEEL", "FALLBACK_DENO"]) {
    for (const machine of ["x86_64", "aarch64"]) {
      match(pins, new RegExp(`^${name}_${machine}=[0-9a-f]{64}$`, "m"));
    }
  }
  // A checksum from the host of the download proves nothing.
  ok(!setup.includes(".sha256sum"));
  match(setup, /EXPECTED=\\\$\$\{ROLE\}_WHEEL_/);
  const checked = setup.lastIndexOf("EXPECTED=\\$${ROLE}_DENO_");
  ok(checked > 0 && checked < setup.indexOf('mv -f "$WORK/deno"'));
});

Deno.test("only scripts/runtimes names the versions of Deno for scripts", async () => {
  const { lts, fallback } = await readPins();
  for (const path of ["scripts/setup", "scripts/test", "scripts/build", "deno.json"]) {
    const text = await read(path);
    ok(!text.includes(lts.version) && !text.includes(fallback.version), path);
  }
});

Deno.test("a build resolves packages by the lock file only, and takes no unverified denort", async () => {
  for (const path of ["scripts/build", "scripts/test", "scripts/collector"]) {
    match(await read(path), /"\$DENO" run --quiet --frozen /, path);
  }
  match(await read("scripts/package/binary.ts"), /"bundle", "--quiet", "--frozen"/);
  match(await read("scripts/package/binary.ts"), /DENORT_BIN: denort /);
  const { fallback } = await readPins();
  for (const target of TARGETS) {
    ok(fallback.denort[target] !== undefined && fallback.wheel[target] !== undefined);
  }
});

const PINS = `LTS_VERSION=2.9.8
LTS_DENORT_x86_64=unknown
FALLBACK_VERSION=2.6.10
FALLBACK_DENORT_PACKAGE=program==1
`;

Deno.test("parsePins() leaves out a checksum that is not known", () => {
  const { lts, fallback } = parsePins(PINS);
  deepStrictEqual([lts.version, fallback.version], ["2.9.8", "2.6.10"]);
  deepStrictEqual(Object.values(lts.denort), [undefined, undefined]);
  throws(() => parsePins("LTS_VERSION=1"), /does not set FALLBACK_VERSION/);
});
