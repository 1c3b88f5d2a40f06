import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  CHAIN_LIMITS,
  type ChainLimits,
  type ChainResult,
  type ReadAnswer,
  walkChain,
} from "./chain.ts";
import type { Span } from "./plan/read_plan.ts";

interface Walked {
  readonly result: ChainResult;
  readonly requested: readonly Span[];
}

function walk(
  base: number,
  answer: (span: Span) => ReadAnswer,
  limits: ChainLimits = CHAIN_LIMITS,
): Walked {
  const requested: Span[] = [];
  const steps = walkChain(base, limits);
  let step = steps.next();
  while (!step.done) {
    ok(requested.push(step.value) < 1_000, "the walk does not end");
    step = steps.next(answer(step.value));
  }
  return { result: step.value, requested };
}

/** A device with these registers at `base`; it refuses all other addresses. */
function device(base: number, registers: readonly number[]) {
  return ({ address, count }: Span): ReadAnswer => {
    const found = registers.slice(address - base, address - base + count);
    return found.length === count && address >= base
      ? { ok: true, registers: Uint16Array.from(found) }
      : { ok: false, why: "exception" };
  };
}

const MARKER = [0x5375, 0x6e53];
const COMMON = [1, 66, ...Array(66).fill(0x4141)];
const METER = [203, 3, 1, 2, 3];
const END = [0xffff, 0];

Deno.test("walkChain() ends within its limits and the address space, for any responses", () => {
  const register = fc.oneof(
    fc.constantFrom(0, 1, 65, 66, 103, 0xffff),
    fc.integer({ min: 0, max: 0xffff }),
  );
  const outcomes = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant("good") },
      fc.constantFrom("exception", "silent", "short"),
    ),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(0, 40_000, 50_000, 65_500, 65_535),
      fc.array(register, { minLength: 1, maxLength: 100 }),
      outcomes,
      (base, filling, sequence) => {
        let turn = 0;
        const { result, requested } = walk(base, ({ address, count }) => {
          ok(count >= 1 && address + count <= 65_536, `${address}+${count}`);
          const outcome = sequence[turn++ % sequence.length];
          if (outcome === "exception" || outcome === "silent") {
            return { ok: false, why: outcome };
          }
          const registers = Uint16Array.from(
            { length: count },
            (_, index) =>
              address === base && index < 2
                ? MARKER[index] ?? 0
                : filling[(address + index) % filling.length] ?? 0,
          );
          return {
            ok: true,
            registers: outcome === "short" ? registers.slice(1) : registers,
          };
        });
        ok(requested.length <= CHAIN_LIMITS.modelsMax * 2 + 20);
        ok(result.models.length <= CHAIN_LIMITS.modelsMax);
        for (const { address, length } of result.models) {
          ok(address + 2 + length <= 65_536);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("walkChain() needs one read for the marker, one for model 1 and one per header", () => {
  const { result, requested } = walk(
    40_000,
    device(40_000, [...MARKER, ...COMMON, ...METER, ...END]),
  );
  deepStrictEqual(result.models, [
    { id: 1, address: 40_002, length: 66 },
    { id: 203, address: 40_070, length: 3 },
  ]);
  strictEqual(result.end, "end-model");
  strictEqual(result.common?.length, 68);
  deepStrictEqual(result.oddities, []);
  deepStrictEqual(requested.map(({ count }) => count), [4, 68, 2, 2]);
});

Deno.test("walkChain() reads model 1 in parts if the device refuses long reads", () => {
  const whole = device(0, [...MARKER, ...COMMON, ...END]);
  const { result } = walk(
    0,
    (span) => span.count > 20 ? { ok: false, why: "exception" } : whole(span),
  );
  deepStrictEqual(result.common, COMMON);
  strictEqual(result.end, "end-model");
});

Deno.test("walkChain() reads the marker alone if the device refuses a read beyond it", () => {
  const whole = device(0, [...MARKER, ...COMMON, ...END]);
  const { result } = walk(
    0,
    (span) =>
      span.address === 0 && span.count > 2
        ? { ok: false, why: "exception" }
        : whole(span),
  );
  strictEqual(result.models.length, 1);
});

Deno.test("walkChain() needs one request if there is no marker or no response", () => {
  const absent = walk(0, device(0, [1, 2, 3, 4]));
  deepStrictEqual([absent.result.marker, absent.requested.length], ["absent", 1]);
  const silent = walk(0, () => ({ ok: false, why: "silent" }));
  deepStrictEqual([silent.result.marker, silent.requested.length], ["silent", 1]);
  const refused = walk(0, () => ({ ok: false, why: "exception" }));
  deepStrictEqual([refused.result.marker, refused.requested.length], ["exception", 2]);
});

Deno.test("walkChain() ends at an exception, at id 0, at no response and at a single end register", () => {
  const chain = [...MARKER, ...COMMON];
  strictEqual(walk(0, device(0, chain)).result.end, "exception");
  strictEqual(walk(0, device(0, [...chain, 0, 0])).result.end, "id-zero");
  strictEqual(walk(0, device(0, [...chain, 0xffff])).result.end, "end-model");
  const known = device(0, chain);
  const { result } = walk(0, (span) => {
    const answer = known(span);
    return answer.ok ? answer : { ok: false, why: "silent" };
  });
  strictEqual(result.end, "no-answer");
  strictEqual(result.models.length, 1);
});

Deno.test("walkChain() keeps the models found before a length that exceeds the address space", () => {
  const { result } = walk(0, device(0, [...MARKER, ...COMMON, 700, 0xfff0]));
  strictEqual(result.end, "limit-address");
  strictEqual(result.models.length, 1);
});

Deno.test("walkChain() ends a chain of empty models at the model limit", () => {
  const { result } = walk(0, ({ address, count }) => ({
    ok: true,
    registers: Uint16Array.from(
      { length: count },
      (_, index) =>
        address + index < 2 ? MARKER[index] ?? 0 : (address + index) % 2 ? 0 : 9,
    ),
  }));
  strictEqual(result.end, "limit-models");
  strictEqual(result.models.length, CHAIN_LIMITS.modelsMax);
});

Deno.test("walkChain() ends a chain of long models at the register limit", () => {
  const registers = [...MARKER, ...COMMON, 700, 200, ...Array(200).fill(0), ...END];
  const { result } = walk(0, device(0, registers), { modelsMax: 9, registersMax: 100 });
  strictEqual(result.end, "limit-registers");
});
