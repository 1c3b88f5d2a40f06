import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { openBuffer } from "../../src/buffer/worker/client.ts";
import { ACKNOWLEDGED_ROWS_MAX } from "../../src/buffer/group_commit/write_buffer_state.ts";
import { readRecordHead } from "../../src/records/avro/payload_head.ts";
import {
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  streamOf,
} from "../../src/testing/buffer/rows.ts";
import { writeBacklog } from "./backlog.ts";

const KILLS = 10;
const PROGRAM = new URL("./appending.ts", import.meta.url).pathname;
const DRAINING = new URL("./draining.ts", import.meta.url).pathname;
/** Rows that a drain delivers in much more time than passes until it is killed. */
const BACKLOG_ROWS = 100_000;
/** Rows that a crash during a drain sends again (docs/contracts.md, Duplicates). */
const SENT_AGAIN_MAX = ACKNOWLEDGED_ROWS_MAX + 10_000;

Deno.test("after ten kill -9 every flushed row is stored, in order and without a gap", () =>
  inFolder(async (folder) => {
    const acked = new Map<number, number>();
    let lastEpoch = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const output = await runAndKill(folder, 20 + Math.random() * 300);
      const epoch = Number(/^epoch (\d+)$/m.exec(output)?.[1]);
      ok(epoch > lastEpoch, `epoch ${epoch} after ${lastEpoch}`);
      lastEpoch = epoch;
      const last = [...output.matchAll(/^acked (\d+)\n/gm)].at(-1);
      acked.set(epoch, Number(last?.[1] ?? 0));
    }
    ok([...acked.values()].filter((seq) => seq > 0).length >= KILLS / 2);

    const buffer = await mustOpen(optionsIn(folder));
    strictEqual(buffer.opened.quarantinePath, undefined);
    const found = new Map<number, number>();
    let afterId = 0;
    for (let turn = 0; turn < 10_000; turn++) {
      const query = { afterId, countMax: 2_000, bytesMax: 1e7 };
      const rows = await buffer.oldest(query, FOREVER);
      if (rows.length === 0) break;
      for (const row of rows) {
        ok(row.id > afterId, "ids do not increase");
        afterId = row.id;
        const head = readRecordHead(row.payload);
        ok(head !== undefined);
        strictEqual(
          head.seq,
          (found.get(head.epoch) ?? 0) + 1,
          "a missing or reordered row",
        );
        found.set(head.epoch, head.seq);
      }
    }
    for (const [epoch, seq] of acked) {
      const stored = found.get(epoch) ?? 0;
      ok(stored >= seq, `epoch ${epoch}: ${seq} flushed, ${stored} stored`);
    }
    const [lastStored] = [...found].filter(([, seq]) => seq > 0).slice(-1);
    deepStrictEqual(buffer.opened.streams.get(streamOf("a")), {
      epoch: lastStored?.[0],
      seq: lastStored?.[1],
    });
    await buffer.close(FOREVER);
  }));

Deno.test("kill -9 while a backlog drains: no row is lost, and few are sent again", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder, { maxBytes: 2 ** 30 });
    await writeBacklog(options, BACKLOG_ROWS, 60);
    let firstId = 1;
    for (let kill = 0; kill < 3; kill++) {
      const afterMs = 100 + Math.random() * 300;
      const output = await runAndKill(folder, afterMs, { program: DRAINING });
      const arrived = [...output.matchAll(/^sent (\d+) \d+\n/gm)]
        .reduce((sum, [, rows]) => sum + Number(rows), 0);
      const buffer = await mustOpen(options);
      const [oldest] = await buffer.oldest(
        { afterId: 0, countMax: 1, bytesMax: 1 },
        FOREVER,
      );
      ok(oldest !== undefined, "the drain had ended before the kill");
      strictEqual(buffer.opened.rows, BACKLOG_ROWS - oldest.id + 1, "rows are missing");
      const sentAgain = firstId + arrived - oldest.id;
      ok(arrived > 0 && sentAgain >= 0, `${-sentAgain} rows were lost`);
      ok(sentAgain <= SENT_AGAIN_MAX, `${sentAgain} of ${arrived} rows are sent again`);
      firstId = oldest.id;
      await buffer.close(FOREVER);
    }
  }));

Deno.test("openBuffer() refuses a file that another process writes to, and names that process", () =>
  inFolder(async (folder) => {
    let refused: Awaited<ReturnType<typeof openBuffer>> | undefined;
    let pid = 0;
    await runAndKill(folder, 1_000, {
      async whileRunning(childPid) {
        pid = childPid;
        refused = await openBuffer(optionsIn(folder), SYSTEM_CLOCK, FOREVER);
      },
    });
    ok(refused !== undefined && !refused.ok, "two processes write to one file");
    strictEqual(refused.fault.kind, "in_use");
    ok(refused.fault.detail.includes(`process ${pid};`), refused.fault.detail);
    await (await mustOpen(optionsIn(folder))).close(FOREVER); // the lock ended with the process
  }));

/** What runs until it is killed. */
interface Running {
  readonly program?: string;
  readonly whileRunning?: (pid: number) => Promise<void>;
}

/** Runs the program, kills it `afterMs` after its first line, and returns its output. */
async function runAndKill(
  folder: string,
  afterMs: number,
  { program = PROGRAM, whileRunning = () => Promise.resolve() }: Running = {},
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, folder, "60000"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let output = "";
  let hasStarted = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    output += value;
    if (!hasStarted && output.includes("\n")) {
      hasStarted = true;
      whileRunning(child.pid)
        .then(() => SYSTEM_CLOCK.sleep(afterMs, FOREVER))
        .finally(() => child.kill("SIGKILL"));
    }
  }
  const { signal } = await child.status;
  strictEqual(signal, "SIGKILL", "the program was not killed");
  return output;
}
