/**
 * Runs Python programs of the tests: JSON in, JSON out.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { PROJECT_ROOT, PYTHON } from "./project_root.ts";

/**
 * Runs a script with the Python environment of the tests.
 *
 * @param script path relative to the project root.
 * @param input passed to the script as JSON on stdin.
 * @returns the JSON that the script writes to stdout.
 * @throws AssertionError with the script's stderr, if it fails.
 */
export async function runPython(script: string, input: unknown): Promise<unknown> {
  const python = new Deno.Command(PYTHON, {
    args: [`${PROJECT_ROOT}${script}`],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = python.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(input)));
  await writer.close();
  const { success, stdout, stderr } = await python.output();
  ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
