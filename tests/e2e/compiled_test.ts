import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import { VERSION } from "../../src/cli/version/version.ts";
import { startServer } from "../../src/simulator/server/server.ts";
import { inFolder } from "../../src/testing/agent/agent.ts";
import { embeddedFiles } from "../../src/testing/agent/agent_binary.ts";
import {
  BINARY,
  ensureBinary,
  ROOT,
  runCommand,
} from "../../src/testing/agent/agent_program.ts";
import type { ReadJson } from "../../src/testing/devices/read_device.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";

const OWN_MODEL = `<sunSpecModels v="1"><model id="64999" len="1" name="own">
  <block len="1"><point id="W" offset="0" type="uint16" sf="-1" units="W"/></block>
</model></sunSpecModels>`;

Deno.test("the compiled program, alone in an empty folder with an empty environment", async (t) => {
  await ensureBinary();
  await inFolder(async (folder) => {
    const alone = { build: "binary", cwd: folder } as const;

    await t.step("says its version", async () => {
      const { code, stdout, stderr } = await runCommand(["version"], alone);
      strictEqual(code, 0, stderr);
      ok(stdout.includes(VERSION), stdout);
    });

    await t.step("plays a demo from which nothing is lost", async () => {
      const args = ["demo", "--duration", "5s", "--json", "--data-dir", "plant"];
      const { code, stdout, stderr } = await runCommand(args, alone);
      strictEqual(code, 0, stderr);
      const said = JSON.parse(stdout);
      strictEqual(said.lost, 0);
      strictEqual(said.devices, 7);
      ok(said.delivered > 15, stdout);
      strictEqual(said.delivered, said.stored);
      const { faults, records } = await checkFiles(`${folder}/plant/records`);
      deepStrictEqual(faults, []);
      strictEqual(records, said.delivered);
    });

    await t.step("knows every model", async () => {
      const ids = await modelIds();
      strictEqual(ids.length, 112);
      const server = startServer({
        units: new Map([[1, { base: 40_000, registers: await deviceOf(ids) }]]),
      });
      try {
        const address = `127.0.0.1:${server.port}`;
        const run = await runCommand(["read", address, "--json"], alone);
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
      "takes a manufacturer's definition that it was not built with",
      async () => {
        const registers = [0x5375, 0x6e53, 64_999, 1, 4_711, 0xffff, 0];
        const image = { base: 40_000, registers: Uint16Array.from(registers) };
        const server = startServer({ units: new Map([[1, image]]) });
        try {
          await inFolder(async (models) => {
            await Deno.writeTextFile(`${models}/own.xml`, OWN_MODEL);
            const address = `127.0.0.1:${server.port}`;
            const args = ["read", address, "--json", "--models-dir", models];
            const run = await runCommand(args, alone);
            strictEqual(run.code, 0, run.stderr);
            const { models: [own] }: ReadJson = JSON.parse(run.stdout);
            deepStrictEqual(own?.points, { ID: 64_999, L: 1, W: 471.1 });
          });
        } finally {
          await server.close();
        }
      },
    );

    await t.step("leaves nothing behind but what it was told to", () => {
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      deepStrictEqual(names, ["plant"]);
    });
  });
});

Deno.test("the executable carries the program, the worker, and no native addon", async () => {
  await ensureBinary();
  const files = await embeddedFiles(BINARY);
  const names = files.map(({ path }) => path.split("/").at(-1));
  ok(names.includes("main.js"), names.join(" "));
  ok(names.includes("buffer_worker.js"), names.join(" "));
  deepStrictEqual(
    files.filter(({ path }) => /\.node$|\.so\b|serialport/.test(path)),
    [],
  );
  // Two bundles and a handful beside them, not a tree of packages.
  ok(files.length <= 6, names.join(" "));
});

/** The ids that SunSpec has, by the names of the generated files. */
async function modelIds(): Promise<number[]> {
  const ids: number[] = [];
  for await (const { name } of Deno.readDir(`${ROOT}models`)) {
    const id = /^model_(\d+)\.ts$/.exec(name)?.[1];
    if (id !== undefined) ids.push(Number(id));
  }
  return ids.sort((a, b) => a - b);
}

/** Registers of a device with all these models, zero throughout, no group repeated. */
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
