import { deepStrictEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { covers, planReads, PROTOCOL_LIMITS, type Span } from "./read_plan.ts";

Deno.test("planReads() covers every wanted span completely, within every limit", () => {
  fc.assert(
    fc.property(
      wantedSpans(),
      fc.nat(64),
      fc.integer({ min: 20, max: 125 }),
      (wanted, gapMax, countMax) => {
        const reads = planReads(wanted, { countMax, gapMax });
        ok(reads.length <= wanted.length);
        for (const read of reads) ok(read.count <= countMax);
        for (const span of wanted) {
          ok(
            reads.some((read) => covers(read, span.address, span.count)),
            `no read covers ${span.address}+${span.count}`,
          );
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("planReads() plans no read if no span is wanted", () => {
  deepStrictEqual(planReads([], PROTOCOL_LIMITS), []);
});

Deno.test("planReads() reaches the last register", () => {
  deepStrictEqual(planReads([{ address: 65_535, count: 1 }], PROTOCOL_LIMITS), [
    { address: 65_535, count: 1 },
  ]);
});

Deno.test("planReads() throws if a span is longer than one read", () => {
  throws(() => planReads([{ address: 0, count: 126 }], PROTOCOL_LIMITS), RangeError);
});

function wantedSpans(): fc.Arbitrary<Span[]> {
  return fc.array(
    fc.record({
      address: fc.integer({ min: 0, max: 65_515 }),
      count: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 60 },
  );
}
