import fc from "fast-check";
import { ok, strictEqual } from "node:assert/strict";
import { FINGERPRINT, rowsOf, SCHEMA } from "../../testing/buffer/rows.ts";
import { hasNoChanges, NO_CHANGES, withoutCommitted } from "./pending_changes.ts";
import { nextSmallStep, type Uncommitted } from "./next_transaction.ts";

const LIMITS = { bytesMax: 4_000, deletedRowsMax: 50 };

Deno.test("on a full disk deletions go first, and nothing is stored that does not fit", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 6_000 }),
      fc.nat({ max: 200 }),
      fc.boolean(),
      fc.array(fc.nat({ max: 8_000 }), { minLength: 1, maxLength: 200 }),
      (rows, payloadBytes, deleted, hasSchema, space) => {
        let state: Uncommitted = {
          rows: rowsOf("a", 1, 1, rows, payloadBytes),
          changes: {
            ...NO_CHANGES,
            acknowledged: Array.from({ length: deleted }, (_, at) => at + 1),
            schemas: new Map(hasSchema ? [[FINGERPRINT, SCHEMA]] : []),
          },
          windowSinceMs: 0,
        };
        let fullCommits = 0;
        for (const storableBytes of [...space, ...Array(300).fill(10_000)]) {
          const step = nextSmallStep(state, true, {
            ...LIMITS,
            rowBytesMax: storableBytes,
            schemaBytesMax: 2 * storableBytes,
          });
          if (step === undefined) break;
          const { schemas, ...freeing } = state.changes;
          const frees = !hasNoChanges({ ...freeing, schemas: new Map() });
          if (step === "no_space") {
            ok(!frees, "deletions waited");
            continue;
          }
          const { batch, full } = step;
          const stored = batch.rows.reduce((sum, row) => sum + row.payload.length, 0);
          ok(stored <= storableBytes);
          ok(!frees || (batch.rows.length === 0 && batch.schemas.size === 0));
          ok(batch.rows.length === 0 || schemas.size === 0);
          ok(batch.acknowledged.length <= LIMITS.deletedRowsMax);
          state = {
            rows: state.rows.slice(batch.rows.length),
            changes: withoutCommitted(state.changes, batch),
            windowSinceMs: full ? null : 0,
          };
          if (full) fullCommits++;
        }
        strictEqual(state.rows.length, 0);
        ok(hasNoChanges(state.changes));
        strictEqual(fullCommits, 1);
      },
    ),
  );
});
