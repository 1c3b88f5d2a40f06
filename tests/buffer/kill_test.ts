import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { openBuffer } from "../../src/buffer/worker/client.ts";
import { readHead } from "../../src/records/avro/payload_head.ts";
import { FOREVER, inFolder, mustOpen, optionsIn, streamOf } from "./rows.ts";

const KILLS = 10;
const PROGRAM = new URL("./appending.ts", import.meta.url).pathname;

Deno.test("kill -9, ten times: every acknowledged row is there, in order, without a hole", () =>
  inFolder(async (folder) => {
    const acked = new Map<number, number>();
    let lastEpoch = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const said = await runAndKill(folder, 20 + Math.random() * 300);
      const epoch = Number(/^epoch (\d+)$/m.exec(said)?.[1]);
      ok(epoch > lastEpoch, `epoch ${epoch} after ${lastEpoch}`);
      lastEpoch = epoch;
      const last = [...said.matchAll(/^acked (\d+)\n/gm)].at(-1);
      acked.set(epoch, Number(last?.[1] ?? 0));
    }
    ok([...acked.values()].filter((seq) => seq > 0).length >= KILLS / 2);

    const buffer = await mustOpen(optionsIn(folder));
    strictEqual(buffer.opened.setAside, undefined);
    const found = new Map<number, number>();
    let afterId = 0;
    for (let turn = 0; turn < 10_000; turn++) {
      const query = { afterId, countMax: 2_000, bytesMax: 1e7 };
      const rows = await buffer.oldest(query, FOREVER);
      if (rows.length === 0) break;
      for (const row of rows) {
        ok(row.id > afterId, "ids do not rise");
        afterId = row.id;
        const head = readHead(row.payload);
        ok(head !== undefined);
        strictEqual(head.seq, (found.get(head.epoch) ?? 0) + 1, "a hole, or no order");
        found.set(head.epoch, head.seq);
      }
    }
    for (const [epoch, seq] of acked) {
      const stored = found.get(epoch) ?? 0;
      ok(stored >= seq, `epoch ${epoch}: ${seq} acknowledged, ${stored} there`);
    }
    const [lastStored] = [...found].filter(([, seq]) => seq > 0).slice(-1);
    deepStrictEqual(buffer.opened.streams.get(streamOf("a")), {
      epoch: lastStored?.[0],
      seq: lastStored?.[1],
    });
    await buffer.close(FOREVER);
  }));

Deno.test("while another process writes to the file, a second is refused and told which", () =>
  inFolder(async (folder) => {
    let refused: Awaited<ReturnType<typeof openBuffer>> | undefined;
    let pid = 0;
    await runAndKill(folder, 1_000, async (childPid) => {
      pid = childPid;
      refused = await openBuffer(optionsIn(folder), SYSTEM_CLOCK, FOREVER);
    });
    ok(refused !== undefined && !refused.ok, "two processes write to one file");
    strictEqual(refused.fault.kind, "in_use");
    ok(refused.fault.detail.includes(`process ${pid};`), refused.fault.detail);
    await (await mustOpen(optionsIn(folder))).close(FOREVER); // its lock died with it
  }));

/** Runs the program, kills it `afterMs` after it has begun, returns what it said. */
async function runAndKill(
  folder: string,
  afterMs: number,
  meanwhile: (pid: number) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", PROGRAM, folder],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let begun = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    said += value;
    if (!begun && said.includes("\n")) {
      begun = true;
      meanwhile(child.pid)
        .then(() => SYSTEM_CLOCK.sleep(afterMs, FOREVER))
        .finally(() => child.kill("SIGKILL"));
    }
  }
  const { signal } = await child.status;
  strictEqual(signal, "SIGKILL", "the program ended by itself");
  return said;
}
