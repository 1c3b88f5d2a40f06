import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../base/random.ts";
import {
  CONNECT_GAPS_MS,
  createPauseDetector,
  type ExchangeOutcome,
  GAPS_MS,
  type PauseDetector,
} from "./pause_detector.ts";

const NO_PAUSES = { gapMs: 0, connectGapMs: 0 };
const PROMPT: ExchangeOutcome = {
  first: false,
  idleMs: 0,
  sameUnit: true,
  count: 2,
  answered: true,
};

/** Sends prompt requests; a device that needs a pause loses each that is sent too early. */
function sendPromptly(
  detector: PauseDetector,
  needsMs: number,
  first: boolean,
  times = 40,
): number {
  let lost = 0;
  for (let time = 0; time < times; time++) {
    const { applied } = detector;
    const idleMs = (first ? applied.connectGapMs : applied.gapMs) + 1;
    const answered = idleMs > needsMs;
    if (!answered) lost++;
    detector.observe({ ...PROMPT, first, idleMs, answered }, NO_PAUSES);
  }
  return lost;
}

Deno.test("createPauseDetector() confirms the shortest tried pause that suffices", () => {
  for (const [first, pauses] of [[false, GAPS_MS], [true, CONNECT_GAPS_MS]] as const) {
    const longest = pauses.at(-1) ?? 0;
    fc.assert(fc.property(fc.integer({ min: 1, max: longest }), (needsMs) => {
      const detector = createPauseDetector();
      ok(sendPromptly(detector, needsMs, first) <= 2 * (pauses.length + 1));
      const foundMs = first
        ? detector.confirmed.connectGapMs
        : detector.confirmed.gapMs;
      strictEqual(foundMs, pauses.find((ms) => ms >= needsMs));
      strictEqual(sendPromptly(detector, needsMs, first), 0);
    }));
  }
});

Deno.test("createPauseDetector() applies no pause after one prompt response, even if later requests are lost", () => {
  const detector = createPauseDetector();
  sendPromptly(detector, 0, false, 1);
  sendPromptly(detector, Infinity, false);
  deepStrictEqual(detector.applied, NO_PAUSES);
  deepStrictEqual(detector.confirmed, NO_PAUSES);
});

Deno.test("createPauseDetector() applies no pause to a device that was offline and has returned", () => {
  for (let lost = 1; lost < 30; lost++) {
    const detector = createPauseDetector();
    sendPromptly(detector, Infinity, true, lost);
    strictEqual(sendPromptly(detector, 0, true, 4), 0);
    deepStrictEqual(detector.confirmed, NO_PAUSES);
    deepStrictEqual(detector.applied, NO_PAUSES);
  }
});

Deno.test("createPauseDetector() ignores losses after another unit, of a long read and after a long idle time", () => {
  const losses: Partial<ExchangeOutcome>[] = [
    { sameUnit: false },
    { count: 100 },
    { idleMs: 500 },
  ];
  for (const loss of losses) {
    const detector = createPauseDetector();
    for (let time = 0; time < 9; time++) {
      detector.observe({ ...PROMPT, ...loss, answered: false }, NO_PAUSES);
    }
    deepStrictEqual(detector.applied, NO_PAUSES, JSON.stringify(loss));
  }
});

Deno.test("createPauseDetector() starts the search at the configured pause", () => {
  const detector = createPauseDetector();
  const configured = { gapMs: 60, connectGapMs: 0 };
  const lost = { ...PROMPT, idleMs: 60, answered: false };
  for (let time = 0; time < 2; time++) detector.observe(lost, configured);
  strictEqual(detector.applied.gapMs, 100);
});

Deno.test("createPauseDetector() rarely applies a pause because of random losses", () => {
  let slowed = 0;
  for (let seed = 0; seed < 500; seed++) {
    const random = createSeededRandom(seed);
    const detector = createPauseDetector();
    for (let time = 0; time < 50; time++) {
      const answered = random.next() > 0.2;
      const idleMs = detector.applied.gapMs;
      detector.observe({ ...PROMPT, idleMs, answered }, NO_PAUSES);
    }
    if (detector.confirmed.gapMs > 0) slowed++;
  }
  ok(slowed < 5, `${slowed} of 500`);
});
