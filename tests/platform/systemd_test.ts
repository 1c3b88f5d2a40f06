import { PROJECT_ROOT, PYTHON } from "../../src/testing/project_root.ts";
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { openServiceManager } from "../../src/platform/systemd.ts";

Deno.test("openServiceManager() sends the messages of sd_notify(3) to an independent receiver", async () => {
  const folder = await Deno.makeTempDir();
  const socket = `${folder}/notify`;
  await using server = await startServer(socket, 6);
  const faults: string[] = [];
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "20000000" };
  const manager = openServiceManager(env, (fault) => faults.push(fault));
  strictEqual(manager.active, true);
  strictEqual(manager.watchdogEveryMs, 6_000);

  await manager.ready("2 devices\nansw€r");
  await manager.status("10 rows buffered");
  await manager.watchdog();
  await manager.reloading();
  await manager.status("");
  await manager.stopping("draining");
  const messages = await server.messages;
  manager.close();

  match(messages[3] ?? "", /^RELOADING=1\nMONOTONIC_USEC=[1-9]\d*$/);
  deepStrictEqual(messages.filter((_, at) => at !== 3), [
    "READY=1\nSTATUS=2 devices answ€r",
    "STATUS=10 rows buffered",
    "WATCHDOG=1",
    "STATUS=",
    "STOPPING=1\nSTATUS=draining",
  ]);
  deepStrictEqual(faults, []);
  await Deno.remove(folder, { recursive: true });
});

/** A datagram server in Python that exits after `count` messages. */
async function startServer(
  socket: string,
  count: number,
): Promise<AsyncDisposable & { readonly messages: Promise<string[]> }> {
  const child = new Deno.Command(PYTHON, {
    args: [`${PROJECT_ROOT}tests/platform/notify_server.py`, socket, String(count)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  const messages = collect(child.stdout, resolve);
  await Promise.race([listening, messages]);
  return { messages, [Symbol.asyncDispose]: async () => void await child.status };
}

async function collect(
  output: ReadableStream<Uint8Array>,
  onFirst: () => void,
): Promise<string[]> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    onFirst();
  }
  const [, ...lines] = text.trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}
