import { ok } from "node:assert/strict";
import { isSystemFault } from "./system_fault.ts";

async function faultOf(act: () => Promise<unknown>): Promise<unknown> {
  return await act().then(() => undefined, (error: unknown) => error);
}

Deno.test({
  name: "isSystemFault() knows a full disk, a name too long and a missing file",
  ignore: Deno.build.os !== "linux", // /dev/full
  fn: async () => {
    const long = `/tmp/${"a".repeat(300)}`;
    ok(isSystemFault(await faultOf(() => Deno.writeTextFile("/dev/full", "x"))));
    ok(isSystemFault(await faultOf(() => Deno.writeTextFile(long, "x"))));
    ok(isSystemFault(await faultOf(() => Deno.readTextFile("/nowhere/at/all"))));
    ok(isSystemFault(await faultOf(() => Deno.readTextFile("/"))));
  },
});

Deno.test("isSystemFault() takes a fault of the program for none of the system", () => {
  ok(!isSystemFault(new TypeError("x is undefined")));
  ok(!isSystemFault(new Error("no")));
  ok(!isSystemFault(Object.assign(new Error("no"), { code: "ERR_INVALID_ARG_TYPE" })));
  ok(!isSystemFault("ENOSPC"));
});
