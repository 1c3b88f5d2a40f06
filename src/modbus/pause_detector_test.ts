import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../base/random.ts";
import {
  CONNECT_GAPS_MS,
  createPaceFinder,
  type Exchanged,
  GAPS_MS,
  type PaceFinder,
} from "./pause_detector.ts";

const ASKED = { gapMs: 0, connectGapMs: 0 };
const QUICK: Exchanged = {
  first: false,
  restMs: 0,
  sameUnit: true,
  count: 2,
  answered: true,
};

/** Asks quickly, many times; a device that needs a rest loses what comes too early. */
function ask(finder: PaceFinder, needsMs: number, first: boolean, times = 40): number {
  let lost = 0;
  for (let time = 0; time < times; time++) {
    const { kept } = finder;
    const restMs = (first ? kept.connectGapMs : kept.gapMs) + 1;
    const answered = restMs > needsMs;
    if (!answered) lost++;
    finder.note({ ...QUICK, first, restMs, answered }, ASKED);
  }
  return lost;
}

Deno.test("a rest that is needed is found: the next longer one that is tried, once", () => {
  for (const [first, rests] of [[false, GAPS_MS], [true, CONNECT_GAPS_MS]] as const) {
    const longest = rests.at(-1) ?? 0;
    fc.assert(fc.property(fc.integer({ min: 1, max: longest }), (needsMs) => {
      const finder = createPaceFinder();
      ok(ask(finder, needsMs, first) <= 2 * (rests.length + 1));
      const foundMs = first ? finder.found.connectGapMs : finder.found.gapMs;
      strictEqual(foundMs, rests.find((ms) => ms >= needsMs));
      strictEqual(ask(finder, needsMs, first), 0);
    }));
  }
});

Deno.test("one quick answer proves that no rest is needed, whatever is lost later", () => {
  const finder = createPaceFinder();
  ask(finder, 0, false, 1);
  ask(finder, Infinity, false);
  deepStrictEqual(finder.kept, ASKED);
  deepStrictEqual(finder.found, ASKED);
});

Deno.test("a device that was away and has come back is not slowed down", () => {
  for (let away = 1; away < 30; away++) {
    const finder = createPaceFinder();
    ask(finder, Infinity, true, away);
    strictEqual(ask(finder, 0, true, 4), 0);
    deepStrictEqual(finder.found, ASKED);
    deepStrictEqual(finder.kept, ASKED);
  }
});

Deno.test("what another unit, a large read or a long rest may be the cause of counts for nothing", () => {
  const losses: Partial<Exchanged>[] = [
    { sameUnit: false },
    { count: 100 },
    { restMs: 500 },
  ];
  for (const loss of losses) {
    const finder = createPaceFinder();
    for (let time = 0; time < 9; time++) {
      finder.note({ ...QUICK, ...loss, answered: false }, ASKED);
    }
    deepStrictEqual(finder.kept, ASKED, JSON.stringify(loss));
  }
});

Deno.test("a rest that was asked for is where the search begins", () => {
  const finder = createPaceFinder();
  const asked = { gapMs: 60, connectGapMs: 0 };
  const lost = { ...QUICK, restMs: 60, answered: false };
  for (let time = 0; time < 2; time++) finder.note(lost, asked);
  strictEqual(finder.kept.gapMs, 100);
});

Deno.test("losses by chance hardly ever slow a device down", () => {
  let slowed = 0;
  for (let seed = 0; seed < 500; seed++) {
    const chance = createSeededRandom(seed);
    const finder = createPaceFinder();
    for (let time = 0; time < 50; time++) {
      const answered = chance.next() > 0.2;
      const restMs = finder.kept.gapMs;
      finder.note({ ...QUICK, restMs, answered }, ASKED);
    }
    if (finder.found.gapMs > 0) slowed++;
  }
  ok(slowed < 5, `${slowed} of 500`);
});
