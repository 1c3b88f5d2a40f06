import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { PROGRAM_DATE_MS } from "../base/credible_clock.ts";
import { deviceStateEvent } from "./events.ts";
import { CLOCK_FLAG, flagTime } from "./time_quality.ts";

const DEVICE = { deviceId: "d", unitId: 1, identity: null };
const CHANGE = { state: "online", previousState: null, reason: null } as const;

Deno.test("flagTime() flags a time before the program's date, and no other", () => {
  for (const atMs of [0, 86_400_000, PROGRAM_DATE_MS - 1]) {
    const draft = deviceStateEvent(
      { gateway: "gw", site: null, atMs, clockSynced: null },
      DEVICE,
      CHANGE,
    );
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
    const draft = deviceStateEvent(
      { gateway: "gw", site: null, atMs, clockSynced: true },
      DEVICE,
      CHANGE,
    );
    strictEqual(flagTime(draft), draft);
  }
});
