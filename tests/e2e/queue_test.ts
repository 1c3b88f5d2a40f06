import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  type AgentProcess,
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { type CommandRun, runCommand } from "../../src/testing/agent/agent_program.ts";
import { freePorts } from "../../src/testing/network/free_ports.ts";
import { assertSchemas, type SchemaCase } from "../../src/testing/json_schema.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";
import { PYTHON } from "../../src/testing/project_root.ts";

/** No broker listens here, so rows stay in the buffer. */
function config(modbusPort: number, brokerPort: number) {
  return {
    uplink: { kind: "kafka", brokers: [`127.0.0.1:${brokerPort}`] },
    devices: literalDevices(modbusPort, { ["interval_ms"]: 200 }),
  };
}

Deno.test("queue: reads the buffer of a running agent without changing a byte", () =>
  withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const [brokerPort = 0] = freePorts(1);
    await using agent = await startAgentProcess({
      folder,
      config: config(server.port, brokerPort),
    });
    const { queue, outputs } = queueOf("--path", `${folder}/queue.db`);
    await untilTrue("rows in the buffer", async () => {
      const { stdout } = await queue("stats");
      return JSON.parse(stdout).rows >= 20;
    });

    // A stopped process keeps its locks and writes nothing: any change now is the command's.
    await freeze(agent);
    const before = await hashes(folder);
    const stats = JSON.parse((await queue("stats")).stdout);
    const verified = await queue("verify");
    strictEqual(verified.code, 0, verified.stdout);
    deepStrictEqual(
      [JSON.parse(verified.stdout).rows, JSON.parse(verified.stdout).structure],
      [stats.rows, `not checked: process ${agent.pid} uses the file`],
    );
    const peeked = JSON.parse((await queue("peek", "--count", "3")).stdout);
    strictEqual(peeked.length, 3);
    strictEqual(peeked[0].record.device_id, peeked[0].key);
    const exported = await queue("export", "-o", `${folder}/rows`);
    strictEqual(exported.code, 0, exported.stdout + exported.stderr);
    strictEqual(await countByFastavro(`${folder}/rows`), stats.rows);
    strictEqual((await queue("export", "-o", `${folder}/rows`)).code, 1);
    for (
      const action of [["purge", "--older-than", "1s"], ["salvage", "--from", "x"]]
    ) {
      if (action[0] === "salvage") await Deno.writeTextFile(`${folder}/x`, "");
      const [name = "", flag = "", value = ""] = action;
      const from = name === "salvage" ? `${folder}/${value}` : value;
      const rejected = await queue(name, flag, from);
      strictEqual(rejected.code, 69, rejected.stdout);
      ok(JSON.parse(rejected.stdout).error.includes(`process ${agent.pid}`));
    }
    strictEqual(await hashes(folder), before);
    await assertSchemas(outputs);
    Deno.kill(agent.pid, "SIGCONT");

    await untilTrue("the agent continues", async () => await hashes(folder) !== before);
    await agent.end("SIGTERM");
    strictEqual(agent.noise, "");
    strictEqual(await server.close(), "");
  }));

Deno.test("queue: does not change a dead agent's WAL, purges, and the next start announces the purge", () =>
  withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const [brokerPort = 0] = freePorts(1);
    const agent = await startAgentProcess({
      folder,
      config: config(server.port, brokerPort),
    });
    const { queue, outputs } = queueOf("--config", `${folder}/agent.toml`);
    await untilTrue("rows in the buffer", async () => {
      const { stdout } = await queue("stats");
      return JSON.parse(stdout).rows >= 20;
    });
    await agent.end("SIGKILL");
    const before = await hashes(folder);
    const verified = await queue("verify");
    strictEqual(verified.code, 0, verified.stdout);
    strictEqual(JSON.parse(verified.stdout).structure, null); // read, and intact
    strictEqual(await hashes(folder), before);

    const copy = `${folder}/copy.db`;
    for (const part of ["", "-wal"]) {
      await Deno.copyFile(`${folder}/queue.db${part}`, `${copy}${part}`);
    }
    const { rows } = JSON.parse((await queue("stats")).stdout);
    const purged = JSON.parse((await queue("purge", "--older-than", "1ms")).stdout);
    ok(rows >= 20);
    strictEqual(purged.givenUp, rows);
    const after = JSON.parse((await queue("stats")).stdout);
    strictEqual(after.rows, 0);
    ok(after.gapsToAnnounce > 0);
    await using next = await startAgentProcess({
      folder,
      config: config(server.port, brokerPort),
    });
    await next.until("buffer.gap", (line) => line["reason"] === "max_age");
    await next.end("SIGTERM");
    const salvaged = await queue("salvage", "--from", copy);
    strictEqual(salvaged.code, 0, salvaged.stdout);
    strictEqual(JSON.parse(salvaged.stdout).rows, rows);
    await assertSchemas(outputs);
    strictEqual(await server.close(), "");
  }));

/** Runs `queue` on one buffer; returns its output. */
function queueOf(...place: readonly string[]) {
  const outputs: SchemaCase[] = [];
  async function queue(...args: readonly string[]): Promise<CommandRun> {
    const run = await runCommand(["queue", ...args, ...place, "--json"]);
    outputs.push({ schema: "queue", text: run.stdout });
    return run;
  }
  return { queue, outputs };
}

async function freeze({ pid }: AgentProcess): Promise<void> {
  Deno.kill(pid, "SIGSTOP");
  await untilTrue(
    "stopped",
    async () => /\) T /.test(await Deno.readTextFile(`/proc/${pid}/stat`)),
  );
}

/** Hashes of the database and its WAL. */
async function hashes(folder: string): Promise<string> {
  const parts = ["queue.db", "queue.db-wal"].map(async (name) => {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).join();
  });
  return (await Promise.all(parts)).join(" ");
}

/** The records of all container files of a folder, as fastavro reads them. */
async function countByFastavro(folder: string): Promise<number> {
  const { stdout, stderr } = await new Deno.Command(PYTHON, {
    args: [
      "-c",
      "import fastavro, pathlib, sys\n" +
      "paths = pathlib.Path(sys.argv[1]).iterdir()\n" +
      "print(sum(len(list(fastavro.reader(path.open('rb')))) for path in paths))",
      folder,
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  ok(/^\d+\n$/.test(text), text + new TextDecoder().decode(stderr));
  return Number(text);
}
