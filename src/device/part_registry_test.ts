import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parsePartRegistry, serialisePartRegistry } from "./part_registry_json.ts";
import { NO_TEXTS, type PartTexts } from "../sunspec/chain_parts.ts";
import type { SeenSegment } from "./known_part.ts";
import {
  EMPTY_REGISTRY,
  numberParts,
  type PartRegistry,
  PARTS_MAX,
} from "./part_registry.ts";

function named(serial: string | null, manufacturer = "Meters"): PartTexts {
  return { manufacturer, model: "E5", serial };
}

const INVERTER: SeenSegment = { models: [1, 103], texts: named("1", "Acme") };

function meter(serial: string, models: readonly number[] = [1, 203]): SeenSegment {
  return { models, texts: named(serial) };
}

function blank({ models }: SeenSegment): SeenSegment {
  return { models, texts: NO_TEXTS };
}

/** Numbers one chain after the other; returns the numbers of each. */
function numberAll(
  ...chains: readonly (readonly SeenSegment[])[]
): (readonly (number | null)[])[] {
  let registry: PartRegistry = EMPTY_REGISTRY;
  return chains.map((chain) => {
    const numbered = numberParts(registry, chain);
    registry = numbered.registry;
    return numbered.numbers;
  });
}

const [A, B, C] = [meter("77"), meter("78"), meter("79")] as const;

Deno.test("parts are numbered in chain order at first sight and keep their numbers", () => {
  deepStrictEqual(
    numberAll(
      [INVERTER, A, B],
      [INVERTER, B],
      [INVERTER, B, A],
      [INVERTER, C, A],
      [INVERTER, A, B, C],
    ),
    [[1, 2, 3], [1, 3], [1, 3, 2], [1, 4, 2], [1, 2, 3, 4]],
  );
});

Deno.test("the number of the device itself follows its texts to another place", () => {
  deepStrictEqual(
    numberAll([INVERTER, A], [A, INVERTER], [A], [INVERTER, A]),
    [[1, 2], [2, 1], [2], [1, 2]],
  );
});

Deno.test("another device with the same configured id keeps number 1", () => {
  const other: SeenSegment = { models: [1, 103], texts: named("2", "Acme") };
  deepStrictEqual(numberAll([INVERTER, A], [other, A]), [[1, 2], [1, 2]]);
});

Deno.test("a part without texts is recognised by its place if the rest of the chain agrees", () => {
  deepStrictEqual(
    numberAll(
      [INVERTER, A, B],
      [INVERTER, blank(A), B],
      [blank(INVERTER), blank(A), blank(B)],
      [INVERTER, A, B],
    ),
    [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]],
  );
});

Deno.test("a part without texts in another chain is left out until it is named", () => {
  deepStrictEqual(
    numberAll([INVERTER, A, B], [INVERTER, blank(A)], [INVERTER, B]),
    [[1, 2, 3], [1, null], [1, 3]],
  );
  const { registry } = numberParts(EMPTY_REGISTRY, [INVERTER, A, B]);
  const { numbers } = numberParts(registry, [INVERTER, blank(A)], {
    acceptsUnnamed: true,
  });
  deepStrictEqual(numbers, [1, 4]);
});

Deno.test("a part that is named later keeps the number that it had without texts", () => {
  deepStrictEqual(
    numberAll(
      [INVERTER, blank(A)],
      [INVERTER, { models: [1, 203], texts: named(null) }],
      [INVERTER, A],
      [INVERTER, B, A],
    ),
    [[1, 2], [1, 2], [1, 2], [1, 3, 2]],
  );
});

Deno.test("a model 1 that repeats the one before it begins no part, also while it is empty", () => {
  const repeated: SeenSegment = { models: [1, 160], texts: INVERTER.texts };
  deepStrictEqual(
    numberAll([INVERTER, repeated, A], [INVERTER, blank(repeated), A]),
    [[1, 1, 2], [1, 1, 2]],
  );
});

Deno.test("a number that another device has as its id is not given out", () => {
  const isTaken = (number: number): boolean => number === 2;
  const first = numberParts(EMPTY_REGISTRY, [INVERTER, A]);
  deepStrictEqual(first.numbers, [1, 2]);
  deepStrictEqual(numberParts(EMPTY_REGISTRY, [INVERTER, A], { isTaken }).numbers, [
    1,
    3,
  ]);
  deepStrictEqual(numberParts(first.registry, [INVERTER, A], { isTaken }).numbers, [
    1,
    3,
  ]);
});

Deno.test("a sub-device gets a number above those of the inverters of the device itself", () => {
  const first = numberParts(EMPTY_REGISTRY, [{ ...INVERTER, models: [1, 103, 103] }]);
  const registry = { ...first.registry, instances: 2 };
  const chain = [{ ...INVERTER, models: [1, 103, 103] }, A];
  deepStrictEqual(numberParts(registry, chain).numbers, [1, 3]);
});

Deno.test("the number of remembered parts is bounded", () => {
  let registry: PartRegistry = EMPTY_REGISTRY;
  for (let at = 0; at < 2 * PARTS_MAX; at++) {
    registry = numberParts(registry, [INVERTER, meter(`S${at}`)]).registry;
  }
  strictEqual(registry.parts.length, PARTS_MAX);
  deepStrictEqual(numberParts(registry, [INVERTER, meter("S0")]).numbers, [1, 2]);
  deepStrictEqual(numberParts(registry, [INVERTER, meter("new")]).numbers, [1, null]);
});

/** Meters that nothing distinguishes, each with a model 1 of its own. */
function equals(count: number): SeenSegment[] {
  return Array.from(
    { length: count },
    () => ({ models: [1, 203], texts: named(null) }),
  );
}

/** Numbers chains after one another; `accepted` are those that have lasted. */
function numberLasting(
  ...chains: readonly { of: readonly SeenSegment[]; accepted?: boolean }[]
): (readonly (number | null)[])[] {
  let registry: PartRegistry = EMPTY_REGISTRY;
  return chains.map(({ of, accepted = false }) => {
    const numbered = numberParts(registry, of, {
      acceptsUnnamed: accepted,
      acceptsEquals: accepted,
    });
    const restored = parsePartRegistry(serialisePartRegistry(numbered.registry));
    deepStrictEqual(restored, numbered.registry);
    registry = restored ?? EMPTY_REGISTRY;
    return numbered.numbers;
  });
}

Deno.test("of several meters with equal texts, some are left out until all are back or the chain has lasted", () => {
  deepStrictEqual(
    numberLasting(
      { of: [INVERTER, ...equals(3), A] },
      { of: [INVERTER, ...equals(2), A] },
      { of: [INVERTER, ...equals(3), A] },
      { of: [INVERTER, ...equals(1), A] },
      { of: [INVERTER, ...equals(2), A], accepted: true },
      { of: [INVERTER, ...equals(2), A] },
      { of: [INVERTER, ...equals(3), A] },
      { of: [INVERTER, ...equals(2), A] },
      { of: [INVERTER, ...equals(4), A] },
      { of: [INVERTER, ...equals(4), A], accepted: true },
    ),
    [
      [1, 2, 2, 2, 3],
      [1, null, null, 3],
      [1, 2, 2, 2, 3],
      [1, null, 3],
      [1, 4, 4, 3],
      [1, 4, 4, 3],
      [1, 2, 2, 2, 3],
      [1, null, null, 3],
      [1, null, null, null, null, 3],
      [1, 5, 5, 5, 5, 3],
    ],
  );
});

Deno.test("of equal meters that stand apart, the remaining one does not get the number of another", () => {
  const [one] = equals(1);
  ok(one !== undefined);
  deepStrictEqual(
    numberLasting(
      { of: [INVERTER, one, A, one] },
      { of: [INVERTER, A, one] },
      { of: [INVERTER, one, A, one] },
      { of: [INVERTER, A, one], accepted: true },
    ),
    [[1, 2, 3, 4], [1, 3, null], [1, 2, 3, 4], [1, 3, 5]],
  );
});

Deno.test("when one of three meters with the same serial number drops out, none gets the records of another", () => {
  const same = meter("4711");
  for (
    const apart of [[same, same, same], [same, A, same, same], [same, A, same, B, same]]
  ) {
    const one = apart.toSpliced(0, 1);
    const [all, without, back, lasting] = numberLasting(
      { of: [INVERTER, ...apart] },
      { of: [INVERTER, ...one] },
      { of: [INVERTER, ...apart] },
      { of: [INVERTER, ...one], accepted: true },
    );
    deepStrictEqual(back, all);
    const numbersOf = (chain: readonly SeenSegment[], numbers = all): unknown[] =>
      chain.flatMap((part, at) => part === same ? [numbers?.[at + 1]] : []);
    deepStrictEqual(numbersOf(one, without), [null, null]);
    const before = numbersOf(apart);
    ok(numbersOf(one, lasting).every((each) => !before.includes(each)));
  }
});

Deno.test("a device with several inverters of its own is left out while it has fewer, but not while it has none", () => {
  const inverters = (count: number, texts = INVERTER.texts): SeenSegment => {
    return { models: [1, ...new Array<number>(count).fill(103)], texts };
  };
  for (const texts of [INVERTER.texts, NO_TEXTS]) {
    deepStrictEqual(
      numberLasting(
        { of: [inverters(3, texts), A] },
        { of: [inverters(2, texts), A] },
        { of: [inverters(1, texts), A] },
        { of: [inverters(0, texts), A] },
        { of: [inverters(3, texts), A] },
        { of: [inverters(2, texts), A], accepted: true },
      ),
      [[1, 2], [null, 2], [null, 2], [1, 2], [1, 2], [3, 2]],
    );
  }
  // Another device has inverters of its own.
  deepStrictEqual(
    numberLasting({ of: [inverters(3)] }, { of: [inverters(2, named("2", "Acme"))] }),
    [[1], [1]],
  );
});

Deno.test("a second inverter or meter is accepted at once: the ids of several are not in use", () => {
  deepStrictEqual(
    numberLasting(
      { of: [INVERTER, ...equals(1)] },
      { of: [INVERTER, ...equals(2)] },
      { of: [INVERTER, ...equals(1)] },
    ),
    [[1, 2], [1, 2, 2], [1, null]],
  );
});

Deno.test("a model that is refused counts as absent", () => {
  const { texts } = INVERTER;
  const models = [1, 103, 103];
  deepStrictEqual(
    numberLasting(
      { of: [{ texts, models }] },
      { of: [{ texts, models, polled: [1, 103] }] },
      { of: [{ texts, models }] },
    ),
    [[1], [null], [1]],
  );
});

Deno.test("property: the records of equal devices never move to the id of another", () => {
  const fired = { leftOut: 0, accepted: 0, returned: 0 };
  const step = fc.record({
    present: fc.subarray([0, 1, 2, 3]),
    accepted: fc.boolean(),
    kind: fc.constantFrom("adjacent", "apart", "own" as const),
  });
  const toChain = (kind: string, present: readonly number[]): SeenSegment[] => {
    if (kind === "own") {
      return [{ ...INVERTER, models: [1, ...present.map(() => 103)] }, A];
    }
    const first = present.includes(0) ? equals(1) : [];
    const others = equals(present.filter((each) => each > 0).length);
    return [INVERTER, ...first, ...kind === "apart" ? [A] : [], ...others];
  };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), ([head, ...steps]) => {
      const kind = head?.kind ?? "own";
      let registry: PartRegistry = EMPTY_REGISTRY;
      /** The device of each stream. */
      const owners = new Map<string, number>();
      let last: readonly number[] = [0, 1, 2, 3];
      for (
        const { present, accepted } of [{ present: last, accepted: false }, ...steps]
      ) {
        // One device in the place of another, at the same moment, cannot be told.
        const isSwap = present.length === last.length &&
          present.some((each, at) => each !== last[at]);
        if (isSwap) continue;
        if (present.length > 0) last = present;
        const chain = toChain(kind, present);
        const numbered = numberParts(registry, chain, {
          acceptsUnnamed: accepted,
          acceptsEquals: accepted,
        });
        registry = numbered.registry;
        const numbers = chain.flatMap((segment, at): (number | null)[] => {
          const number = numbered.numbers[at] ?? null;
          if (kind === "own") return at === 0 ? present.map(() => number) : [];
          return segment.texts.serial === null ? [number] : [];
        });
        numbers.forEach((number, at) => {
          if (number === null) return void fired.leftOut++;
          const isSeveral = numbers.indexOf(number) !== numbers.lastIndexOf(number);
          const nth = numbers.slice(0, at).filter((each) => each === number).length;
          const stream = isSeveral ? `${number}.${nth + 1}` : `${number}`;
          const device = present[at];
          ok(device !== undefined);
          strictEqual(owners.get(stream) ?? device, device, stream);
          if (!owners.has(stream)) fired.accepted++;
          else if (present.length === 4) fired.returned++;
          owners.set(stream, device);
        });
        if (present.length === 4) ok(!numbers.includes(null));
      }
    }),
    { numRuns: 3_000 },
  );
  ok(Object.values(fired).every((count) => count > 0), JSON.stringify(fired));
});

/** A chain of an inverter and some of five meters, in any order, some without texts. */
const ANY_CHAIN = fc.shuffledSubarray([0, 1, 2, 3, 4]).chain((meters) =>
  fc.record({
    meters: fc.constant(meters),
    blanks: fc.array(fc.boolean(), {
      minLength: meters.length,
      maxLength: meters.length,
    }),
    restart: fc.boolean(),
  })
);

Deno.test("property: a number never belongs to two devices, and a named device always has its number", () => {
  let blanksByPlace = 0;
  fc.assert(
    fc.property(fc.array(ANY_CHAIN, { minLength: 1, maxLength: 12 }), (chains) => {
      let registry: PartRegistry = EMPTY_REGISTRY;
      /** The device of each number, and the number of each device that was named. */
      const owners = new Map<number, number>();
      const numberOf = new Map<number, number>();
      for (const { meters, blanks, restart } of chains) {
        // Meters 3 and 4 have other models: a chain may have the same models with other devices.
        const segments = meters.map((device, at) => {
          const own = meter(`${device}`, device > 2 ? [1, 203, 220] : [1, 203]);
          return blanks[at] === true ? blank(own) : own;
        });
        if (restart) registry = JSON.parse(JSON.stringify(registry));
        const { numbers, registry: next } = numberParts(registry, [
          INVERTER,
          ...segments,
        ]);
        registry = next;
        strictEqual(numbers[0], 1);
        const given = numbers.filter((number) => number !== null);
        strictEqual(new Set(given).size, given.length);
        meters.forEach((device, at) => {
          const number = numbers[at + 1] ?? null;
          if (blanks[at] === true) {
            // Nothing distinguishes two meters without texts that have the same models.
            if (number !== null && numberOf.get(device) === number) blanksByPlace++;
            return;
          }
          ok(number !== null);
          strictEqual(numberOf.get(device) ?? number, number);
          strictEqual(owners.get(number) ?? device, device);
          numberOf.set(device, number);
          owners.set(number, device);
        });
      }
    }),
    { numRuns: 3_000 },
  );
  ok(blanksByPlace > 0);
});
