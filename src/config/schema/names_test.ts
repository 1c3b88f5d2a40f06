import { ok } from "node:assert/strict";
import { isId, isTopic } from "./names.ts";

Deno.test("isId() and isTopic() reject characters that would break a stream name or a topic", () => {
  for (const text of ["a/b", "", " a", "a\n", "-a", "a".repeat(65)]) {
    ok(!isId(text), text);
  }
  for (const text of ["plant7-gw1", "Übergabe:1", "7"]) ok(isId(text), text);
  for (const text of ["", ".", "..", "a b", "ä", "a".repeat(250)]) {
    ok(!isTopic(text), text);
  }
});
