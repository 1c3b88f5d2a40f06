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
  readonly asked: readonly Span[];
}

function walk(
  base: number,
  answer: (span: Span) => ReadAnswer,
  limits: ChainLimits = CHAIN_LIMITS,
): Walked {
  const asked: Span[] = [];
  const steps = walkChain(base, limits);
  let step = steps.next();
  while (!step.done) {
    ok(asked.push(step.value) < 1_000, "the walk does not end");
    step = steps.next(answer(step.value));
  }
  return { result: step.value, asked };
}

/** A device with these registers from `base` on; it refuses what lies beyond. */
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

Deno.test("any answers end the walk within its limits and the address space", () => {
  const register = fc.oneof(
    fc.constantFrom(0, 1, 65, 66, 103, 0xffff),
    fc.integer({ min: 0, max: 0xffff }),
  );
  const moods = fc.array(
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
      moods,
      (base, filling, sequence) => {
        let turn = 0;
        const { result, asked } = walk(base, ({ address, count }) => {
          ok(count >= 1 && address + count <= 65_536, `${address}+${count}`);
          const mood = sequence[turn++ % sequence.length];
          if (mood === "exception" || mood === "silent") {
            return { ok: false, why: mood };
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
            registers: mood === "short" ? registers.slice(1) : registers,
          };
        });
        ok(asked.length <= CHAIN_LIMITS.modelsMax * 2 + 20);
        ok(result.models.length <= CHAIN_LIMITS.modelsMax);
        for (const { address, length } of result.models) {
          ok(address + 2 + length <= 65_536);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("a chain costs one read for its opening, one for model 1, one a header", () => {
  const { result, asked } = walk(
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
  deepStrictEqual(asked.map(({ count }) => count), [4, 68, 2, 2]);
});

Deno.test("a device that refuses long reads is read in portions", () => {
  const whole = device(0, [...MARKER, ...COMMON, ...END]);
  const { result } = walk(
    0,
    (span) => span.count > 20 ? { ok: false, why: "exception" } : whole(span),
  );
  deepStrictEqual(result.common, COMMON);
  strictEqual(result.end, "end-model");
});

Deno.test("a device that refuses to read across the marker's border is read", () => {
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

Deno.test("where no marker stands, or nobody answers, it costs one request", () => {
  const absent = walk(0, device(0, [1, 2, 3, 4]));
  deepStrictEqual([absent.result.marker, absent.asked.length], ["absent", 1]);
  const silent = walk(0, () => ({ ok: false, why: "silent" }));
  deepStrictEqual([silent.result.marker, silent.asked.length], ["silent", 1]);
  const refused = walk(0, () => ({ ok: false, why: "exception" }));
  deepStrictEqual([refused.result.marker, refused.asked.length], ["exception", 2]);
});

Deno.test("exception, id 0, silence and a lone end register are ends", () => {
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

Deno.test("a length beyond the last address ends the chain with what was found", () => {
  const { result } = walk(0, device(0, [...MARKER, ...COMMON, 700, 0xfff0]));
  strictEqual(result.end, "limit-address");
  strictEqual(result.models.length, 1);
});

Deno.test("a chain of empty models ends at the limit", () => {
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

Deno.test("a chain of long models ends at the limit", () => {
  const registers = [...MARKER, ...COMMON, 700, 200, ...Array(200).fill(0), ...END];
  const { result } = walk(0, device(0, registers), { modelsMax: 9, registersMax: 100 });
  strictEqual(result.end, "limit-registers");
});
