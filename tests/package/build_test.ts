/**
 * Output of `scripts/build`: names, sizes, contents and system requirements.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { makeBinaries } from "../../scripts/package/binary.ts";
import { GLIBC_MIN, LIBGCC_MIN, makeDeb } from "../../scripts/package/debian.ts";
import { readSource } from "../../scripts/package/source.ts";
import { embeddedFiles, isBundlePart } from "../../src/testing/agent/agent_binary.ts";
import { runProgram } from "../../src/testing/package/debian_root.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

const BINARY_BYTES_MAX = 100e6;
const DEB_BYTES_MAX = 30e6;
const BUILD_LIMIT_MS = 300_000;
const VERSION = (await readSource()).version;
const BINARIES = ["sunspec-collector-aarch64", "sunspec-collector-x86_64"];
const DEBS = ["amd64", "arm64"].map((arch) =>
  `sunspec-collector_${VERSION}_${arch}.deb`
);

Deno.test("scripts/build: makes the release files", async (t) => {
  const out = await Deno.makeTempDir();
  try {
    const built = await runProgram(
      `${PROJECT_ROOT}scripts/build`,
      ["--out", out],
      BUILD_LIMIT_MS,
    );
    strictEqual(built.code, 0, built.output);

    await t.step(
      "both executables, both packages and their checksums, and nothing else",
      async () => {
        const names = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
        deepStrictEqual(names, ["SHA256SUMS", ...BINARIES, ...DEBS]);
        const sums = await runProgram("sh", [
          "-c",
          `cd ${out} && sha256sum -c SHA256SUMS`,
        ]);
        deepStrictEqual(
          sums.output.trim().split("\n"),
          [...BINARIES, ...DEBS].map((name) => `${name}: OK`),
        );
      },
    );

    await t.step("no file exceeds its maximum size", async () => {
      for (const name of [...BINARIES, ...DEBS]) {
        const { size } = await Deno.stat(`${out}/${name}`);
        const max = name.endsWith(".deb") ? DEB_BYTES_MAX : BINARY_BYTES_MAX;
        ok(size > 1e6 && size <= max, `${name}: ${size}`);
      }
    });

    await t.step(
      "the executables contain the program, the worker, build information and nothing else",
      async () => {
        for (const name of BINARIES) {
          const files = await embeddedFiles(`${out}/${name}`);
          const names = files.map(({ path }) => path.split("/").at(-1) ?? "");
          deepStrictEqual(names.filter((file) => !isBundlePart(file)).sort(), [
            "buffer_worker.js",
            "build.json",
            "main.js",
          ]);
        }
      },
    );

    await t.step("a second build is byte-identical", async () => {
      const source = await readSource();
      const again = await makeBinaries(`${out}/again`, TARGETS, source);
      for (const { path } of again) {
        const name = path.slice(path.lastIndexOf("/") + 1);
        ok(await sameBytes(path, `${out}/${name}`), `${name} differs`);
      }
      for (const binary of again) {
        const debs = [];
        for (const folder of ["one", "two"]) {
          await Deno.mkdir(`${out}/again/${folder}`, { recursive: true });
          // Packing takes half a minute and is deterministic.
          const packed = ["-Znone"];
          debs.push(await makeDeb(`${out}/again/${folder}`, binary, source, packed));
        }
        const [one = "", two = ""] = debs;
        ok(await sameBytes(one, two), `the package for ${binary.machine} differs`);
      }
    });

    await t.step("lintian finds neither error nor warning", async () => {
      // Most of the time is spent on the executables.
      const runs = await Promise.all(
        DEBS.map((deb) =>
          runProgram("lintian", ["--allow-root", `${out}/${deb}`], BUILD_LIMIT_MS)
        ),
      );
      const output = runs.map((one) => one.output).join("");
      deepStrictEqual(output.match(/^[EW]: .*/gm) ?? [], []);
      deepStrictEqual(runs.map(({ code }) => code), [0, 0], output);
    });

    await t.step("every lintian override has a reason", async () => {
      const lines =
        (await Deno.readTextFile(`${PROJECT_ROOT}packaging/lintian-overrides`))
          .trim().split("\n");
      lines.forEach((line, at) =>
        ok(line.startsWith("#") || lines[at - 1]?.startsWith("#"), line)
      );
    });

    await t.step(
      "a package contains the expected files, owned by root, and the released executable",
      async () => {
        for (const [at, deb] of DEBS.entries()) {
          const { output } = await runProgram("dpkg-deb", [
            "--contents",
            `${out}/${deb}`,
          ]);
          const lines = output.trim().split("\n");
          deepStrictEqual(
            lines.filter((line) => !/^[d-][rwx-]+ root\/root /.test(line)),
            [],
          );
          deepStrictEqual(
            lines.filter((line) => line.startsWith("-")).map((line) =>
              `${line.slice(0, 10)} ${line.split(" ./")[1]}`
            ).sort(),
            CONTENTS,
          );
          const folder = `${out}/unpacked-${at}`;
          await runProgram("dpkg-deb", ["-x", `${out}/${deb}`, folder]);
          const program = `${folder}/usr/bin/sunspec-collector`;
          ok(await sameBytes(program, `${out}/${BINARIES[1 - at]}`), deb);
        }
      },
    );

    await t.step(
      "they require the glibc and libgcc that the README names, and no other library",
      async () => {
        const readme = await Deno.readTextFile(`${PROJECT_ROOT}README.md`);
        ok(readme.includes(`glibc ${GLIBC_MIN}`), "README names another glibc");
        for (const name of BINARIES) {
          const { output } = await runProgram("readelf", [
            "-V",
            "-d",
            "-W",
            `${out}/${name}`,
          ]);
          strictEqual(newest(output, /GLIBC_([\d.]+)/g), GLIBC_MIN, name);
          match(newest(output, /GCC_([\d.]+)/g), new RegExp(`^${LIBGCC_MIN}`), name);
          const needed = [...output.matchAll(/Shared library: \[(.+?)\.so/g)]
            .map(([, library = ""]) => library);
          ok(needed.includes("libc"), output);
          deepStrictEqual(needed.filter((library) => !SYSTEM.has(library)), []);
        }
      },
    );
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("systemd/: systemd accepts the unit and rates its exposure as low", async () => {
  const unit = "systemd/sunspec-collector.service";
  const { output } = await runProgram("systemd-analyze", [
    "verify",
    "--man=no",
    PROJECT_ROOT + unit,
  ]);
  // The program is not installed on this machine.
  const faults = output.trim().split("\n").filter((line) =>
    line !== "" && !line.includes("/usr/bin/sunspec-collector is not executable")
  );
  deepStrictEqual(faults, []);
  const security = await runProgram("systemd-analyze", [
    ...[
      "security",
      "--no-pager",
      "--offline=yes",
      "--threshold=15",
      PROJECT_ROOT + unit,
    ],
  ]);
  match(security.output, /Overall exposure level .*: \d/);
  strictEqual(security.code, 0, security.output.slice(-200));
});

const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] as const;

/** Parts of glibc, and libgcc. */
const SYSTEM: ReadonlySet<string> = new Set([
  ...["libc", "libdl", "libm", "libpthread", "librt", "libgcc_s"],
  ...["ld-linux-x86-64", "ld-linux-aarch64"],
]);

const CONTENTS = [
  "-rw-r--r-- etc/default/sunspec-collector",
  "-rw-r--r-- etc/sunspec-collector/config.toml",
  "-rw-r--r-- lib/systemd/system/sunspec-collector.service",
  "-rw-r--r-- usr/lib/sysusers.d/sunspec-collector.conf",
  "-rw-r--r-- usr/share/bash-completion/completions/sunspec-collector",
  "-rw-r--r-- usr/share/doc/sunspec-collector/changelog.gz",
  "-rw-r--r-- usr/share/doc/sunspec-collector/configuration.md.gz",
  "-rw-r--r-- usr/share/doc/sunspec-collector/contracts.md.gz",
  "-rw-r--r-- usr/share/doc/sunspec-collector/copyright",
  "-rw-r--r-- usr/share/doc/sunspec-collector/events.md.gz",
  "-rw-r--r-- usr/share/doc/sunspec-collector/examples/addresses.conf",
  "-rw-r--r-- usr/share/doc/sunspec-collector/examples/config.toml",
  "-rw-r--r-- usr/share/doc/sunspec-collector/examples/credentials.conf",
  "-rw-r--r-- usr/share/doc/sunspec-collector/metrics.md.gz",
  "-rw-r--r-- usr/share/doc/sunspec-collector/operations.md.gz",
  "-rw-r--r-- usr/share/lintian/overrides/sunspec-collector",
  "-rw-r--r-- usr/share/man/man1/sunspec-collector.1.gz",
  "-rwxr-xr-x usr/bin/sunspec-collector",
];

async function sameBytes(one: string, other: string): Promise<boolean> {
  return (await runProgram("cmp", [one, other])).code === 0;
}

/** The newest version that `pattern` matches. */
function newest(text: string, pattern: RegExp): string {
  const order = new Intl.Collator("en", { numeric: true });
  const versions = [...text.matchAll(pattern)].map(([, version = ""]) => version);
  return versions.sort(order.compare).at(-1) ?? "none";
}
