import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createFakeClock, type FakeClock } from "../../testing/fake_clock.ts";
import { ADDRESSES_TRIED_MAX, raceAddresses, STAGGER_MS } from "./race_addresses.ts";

/** What an address does `afterMs` after an attempt began; "hang" = nothing. */
interface Behaviour {
  readonly kind: "accept" | "refuse" | "hang";
  readonly afterMs: number;
}

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  kind: fc.constantFrom("accept", "refuse", "hang"),
  afterMs: fc.integer({ min: 0, max: 3_000 }),
});
const LIMIT_MS = 60_000;

function startRace(clock: FakeClock, behaviours: readonly Behaviour[]) {
  const opened: string[] = [];
  const closed: string[] = [];
  const stop = new AbortController();
  const result = raceAddresses({
    addresses: behaviours.map((_, at) => String(at)),
    async open(address, signal) {
      const { kind, afterMs } = behaviours[Number(address)] ??
        { kind: "refuse", afterMs: 0 };
      await clock.sleep(kind === "hang" ? 10 * LIMIT_MS : afterMs, signal);
      if (kind === "refuse") throw new Error("refused");
      opened.push(address);
      return address;
    },
    close: (connection) => void closed.push(connection),
    clock,
  }, stop.signal);
  return { result, opened, closed, stop };
}

Deno.test("raceAddresses() connects if any address accepts, and closes every other connection", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour, { minLength: 1, maxLength: ADDRESSES_TRIED_MAX }),
      async (behaviours) => {
        const clock = createFakeClock({ wallMs: 0 });
        const race = startRace(clock, behaviours);
        const raced = race.result.then((value) => ({ value }), () => null);
        for (let ms = 0; ms < 10_000; ms += 50) await clock.advance(50);
        if (!behaviours.some(({ kind }) => kind === "accept")) {
          race.stop.abort(new Error("aborted"));
        }
        const outcome = await raced;
        const accepts = behaviours.some(({ kind }) => kind === "accept");
        const hangs = behaviours.some(({ kind }) => kind === "hang");
        if (accepts) {
          ok(outcome !== null && outcome.value.ok);
          strictEqual(behaviours[Number(outcome.value.value.address)]?.kind, "accept");
          const { connection } = outcome.value.value;
          const others = race.opened.filter((one) => one !== connection);
          deepStrictEqual(race.closed.toSorted(), others.toSorted());
        } else if (hangs) {
          strictEqual(outcome, null, "only the signal ends it");
        } else {
          ok(outcome !== null && !outcome.value.ok);
          strictEqual(outcome.value.fault.length, behaviours.length);
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("raceAddresses() tries the next address after a stagger and does not abandon the slow one", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const slow = startRace(clock, [
    { kind: "accept", afterMs: 4 * STAGGER_MS },
    { kind: "hang", afterMs: 0 },
  ]);
  for (let ms = 0; ms <= 5 * STAGGER_MS; ms += 50) await clock.advance(50);
  const result = await slow.result;
  strictEqual(result.ok && result.value.address, "0");
});

Deno.test("raceAddresses() tries the next address at once after a refusal", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const race = startRace(clock, [
    { kind: "refuse", afterMs: 0 },
    { kind: "refuse", afterMs: 0 },
    { kind: "accept", afterMs: 0 },
  ]);
  await clock.advance(1);
  const result = await race.result;
  strictEqual(result.ok && result.value.address, "2");
});

Deno.test("raceAddresses() rejects with the reason of an aborted signal", async () => {
  const race = startRace(createFakeClock({ wallMs: 0 }), [{
    kind: "hang",
    afterMs: 0,
  }]);
  race.stop.abort(new Error("stopped"));
  await rejects(race.result, /stopped/);
});
