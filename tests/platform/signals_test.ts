import { deepStrictEqual, strictEqual } from "node:assert/strict";

const PROBE = new URL("./signal_probe.ts", import.meta.url).pathname;

Deno.test("watchSignals() requests to drain first and to stop on the second signal", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", PROBE],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    lines.push(...chunk.trim().split("\n"));
    if (lines.length === 1) child.kill("SIGTERM");
    if (lines.length === 2) child.kill("SIGINT");
  }
  deepStrictEqual(lines, [
    "watching",
    "drain: interrupted by SIGTERM, force: false",
    "force: interrupted by SIGINT",
  ]);
  strictEqual((await child.status).code, 0);
});
