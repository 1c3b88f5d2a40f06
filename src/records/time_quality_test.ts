import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { PROGRAM_DATE_MS } from "../base/credible_clock.ts";
import { gapEvent } from "./events.ts";
import { CLOCK_FLAG, flagTime } from "./time_quality.ts";

const GAP = {
  stream: "gw/d/NormalizedInverterData",
  epoch: 1,
  firstSeq: 1,
  lastSeq: 2,
  reason: "refused",
} as const;

Deno.test("flagTime() flags a time before the program's date, and no other", () => {
  for (const atMs of [0, 86_400_000, PROGRAM_DATE_MS - 1]) {
    const draft = gapEvent({ gateway: "gw", site: null, atMs, clockSynced: null }, GAP);
    const { source, fields } = flagTime({
      ...draft,
      source: { ...draft.source, flags: ["w:scale-absent"] },
    });
    deepStrictEqual(source.flags, [CLOCK_FLAG, "w:scale-absent"]);
    strictEqual(source.quality, "suspect");
    strictEqual(source.sampled_at, atMs);
    deepStrictEqual(fields, draft.fields);
  }
  for (const atMs of [PROGRAM_DATE_MS, PROGRAM_DATE_MS * 2]) {
    const draft = gapEvent({ gateway: "gw", site: null, atMs, clockSynced: true }, GAP);
    strictEqual(flagTime(draft), draft);
  }
});
