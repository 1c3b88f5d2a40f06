/**
 * Asks a Python program: JSON in, JSON out.
 *
 * @module
 */

import { ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

/** Runs `script` (a path from the project's root) with the tests' Python. */
export async function askPython(script: string, question: unknown): Promise<unknown> {
  const python = new Deno.Command(new URL(".tools/venv/bin/python", ROOT).pathname, {
    args: [new URL(script, ROOT).pathname],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = python.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(question)));
  await writer.close();
  const { success, stdout, stderr } = await python.output();
  ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
