import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import { VERSION } from "../../src/base/version.ts";
import { startServer } from "../../src/simulator/server/server.ts";
import { withTempFolder } from "../../src/testing/agent/agent.ts";
import { embeddedFiles, isBundlePart } from "../../src/testing/agent/agent_binary.ts";
import {
  BINARY,
  ensureBinary,
  runCommand,
} from "../../src/testing/agent/agent_program.ts";
import type { ReadJson } from "../../src/testing/devices/read_device.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

const OWN_MODEL = `<sunSpecModels v="1"><model id="64999" len="1" name="own">
  <block len="1"><point id="W" offset="0" type="uint16" sf="-1" units="W"/></block>
</model></sunSpecModels>`;

Deno.test("compiled program: in an empty folder with an empty environment", async (t) => {
  await ensureBinary();
  await withTempFolder(async (folder) => {
    const options = { build: "binary", cwd: folder } as const;

    await t.step("prints its version", async () => {
      const { code, stdout, stderr } = await runCommand(["version"], options);
      strictEqual(code, 0, stderr);
      ok(stdout.includes(VERSION), stdout);
    });

    await t.step("runs a demo without losing records", async () => {
      const args = ["demo", "--duration", "5s", "--json", "--data-dir", "plant"];
      const { code, stdout, stderr } = await runCommand(args, options);
      strictEqual(code, 0, stderr);
      const report = JSON.parse(stdout);
      strictEqual(report.lost, 0);
      strictEqual(report.devices, 7);
      ok(report.delivered > 15, stdout);
      strictEqual(report.delivered, report.stored);
      const { faults, records } = await checkFiles(`${folder}/plant/records`);
      deepStrictEqual(faults, []);
      strictEqual(records, report.delivered);
    });

    await t.step("knows every model", async () => {
      const ids = await modelIds();
      strictEqual(ids.length, 112);
      const server = startServer({
        units: new Map([[1, { base: 40_000, registers: await deviceOf(ids) }]]),
      });
      try {
        const address = `127.0.0.1:${server.port}`;
        const run = await runCommand(["read", address, "--json"], options);
        strictEqual(run.code, 0, run.stderr);
        const { models }: ReadJson = JSON.parse(run.stdout);
        deepStrictEqual(models.map(({ id }) => id), ids);
        const empty = models.filter(({ points }) => Object.keys(points).length < 2);
        deepStrictEqual(empty.map(({ id }) => id), []);
      } finally {
        await server.close();
      }
    });

    await t.step(
      "loads a vendor definition that it was not built with",
      async () => {
        const registers = [0x5375, 0x6e53, 64_999, 1, 4_711, 0xffff, 0];
        const image = { base: 40_000, registers: Uint16Array.from(registers) };
        const server = startServer({ units: new Map([[1, image]]) });
        try {
          await withTempFolder(async (models) => {
            await Deno.writeTextFile(`${models}/own.xml`, OWN_MODEL);
            const address = `127.0.0.1:${server.port}`;
            const args = ["read", address, "--json", "--models-dir", models];
            const run = await runCommand(args, options);
            strictEqual(run.code, 0, run.stderr);
            const { models: [own] }: ReadJson = JSON.parse(run.stdout);
            deepStrictEqual(own?.points, { ID: 64_999, L: 1, W: 471.1 });
          });
        } finally {
          await server.close();
        }
      },
    );

    await t.step("creates no files except the requested ones", () => {
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      deepStrictEqual(names, ["plant"]);
    });
  });
});

Deno.test("scripts/compile: the executable contains the program, the worker and no native addon", async () => {
  await ensureBinary();
  const files = await embeddedFiles(BINARY);
  const names = files.map(({ path }) => path.split("/").at(-1));
  ok(names.includes("main.js"), names.join(" "));
  ok(names.includes("buffer_worker.js"), names.join(" "));
  deepStrictEqual(
    files.filter(({ path }) => /\.node$|\.so\b|serialport/.test(path)),
    [],
  );
  // The parts of the bundles and a few files, not a tree of packages.
  const others = names.filter((name) => name === undefined || !isBundlePart(name));
  ok(others.length <= 6, others.join(" "));
});

/** The published model ids, from the names of the generated files. */
async function modelIds(): Promise<number[]> {
  const ids: number[] = [];
  for await (const { name } of Deno.readDir(`${PROJECT_ROOT}models`)) {
    const id = /^model_(\d+)\.ts$/.exec(name)?.[1];
    if (id !== undefined) ids.push(Number(id));
  }
  return ids.sort((a, b) => a - b);
}

/** Registers of a device with these models: all zeros, no repeated groups. */
async function deviceOf(ids: readonly number[]): Promise<Uint16Array> {
  const registers = [0x5375, 0x6e53];
  for (const id of ids) {
    const definition = await loadDefinition(id);
    ok(definition, `no definition of ${id}`);
    const length = definition.group.size - 2;
    registers.push(id, length, ...Array<number>(length).fill(0));
  }
  return Uint16Array.from([...registers, 0xffff, 0]);
}
