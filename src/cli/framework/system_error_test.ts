import { ok } from "node:assert/strict";
import { isSystemError } from "./system_error.ts";

async function errorOf(act: () => Promise<unknown>): Promise<unknown> {
  return await act().then(() => undefined, (error: unknown) => error);
}

Deno.test({
  name:
    "isSystemError() recognises a full disk, a long name, a missing file and a folder",
  ignore: Deno.build.os !== "linux", // /dev/full
  fn: async () => {
    const long = `/tmp/${"a".repeat(300)}`;
    ok(isSystemError(await errorOf(() => Deno.writeTextFile("/dev/full", "x"))));
    ok(isSystemError(await errorOf(() => Deno.writeTextFile(long, "x"))));
    ok(isSystemError(await errorOf(() => Deno.readTextFile("/nowhere/at/all"))));
    ok(isSystemError(await errorOf(() => Deno.readTextFile("/"))));
  },
});

Deno.test("isSystemError() is false for errors of the program", () => {
  ok(!isSystemError(new TypeError("x is undefined")));
  ok(!isSystemError(new Error("no")));
  ok(!isSystemError(Object.assign(new Error("no"), { code: "ERR_INVALID_ARG_TYPE" })));
  ok(!isSystemError("ENOSPC"));
});
