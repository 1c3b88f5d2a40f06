import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { INVERTER } from "../../testing/devices/devices.ts";
import { playDevice } from "../../testing/devices/device_reader.ts";
import { createFakeClock } from "../../base/clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { ModbusFault } from "../../modbus/faults.ts";
import type { ModbusSession, ReadRequest } from "../../modbus/reader.ts";
import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import { judgeChain, judgeClock, judgeValues } from "./contents.ts";
import { quantile } from "../finding.ts";
import type { KnownPatient } from "./target.ts";
import { judgeReads, measureReads } from "./read_limits.ts";
import { GAPS_TRIED_MS, judgeTimes, measureTimes } from "./timing.ts";

const NEVER = new AbortController().signal;

const LAYOUT: DeviceLayout = {
  unitId: 1,
  functionCode: 3,
  base: INVERTER.base,
  models: INVERTER.models.map(({ id, address, length }) => ({ id, address, length })),
  end: "end-model",
  identity: {
    manufacturer: "Example Works",
    model: "EX-10K",
    options: null,
    firmware: "1",
    serial: "7",
  },
  oddities: [],
};

/** The literal inverter, which refuses or delays as `manner` says; time is played. */
function patientOf(
  manner: (
    request: ReadRequest,
    restMs: number,
  ) => { readonly fault?: ModbusFault; readonly ms?: number },
): { patient: KnownPatient; run: <T>(work: Promise<T>) => Promise<T> } {
  const clock = createFakeClock({ wallMs: 0 });
  const device = playDevice(INVERTER);
  let lastMs = -Infinity;
  const openPool = () => ({
    close: () => Promise.resolve(),
    lease({ gapMs }: { readonly gapMs: number }) {
      const session: ModbusSession = {
        address: "played",
        connect: () => Promise.resolve(good(undefined)),
        disconnect: () => Promise.resolve(),
        async read(request, signal): Promise<Result<Uint16Array, ModbusFault>> {
          const waitMs = lastMs + gapMs - clock.monotonicMs();
          if (waitMs > 0) await clock.sleep(waitMs, signal);
          const { fault, ms = 5 } = manner(request, clock.monotonicMs() - lastMs);
          await clock.sleep(Math.min(ms, request.timeoutMs), signal);
          lastMs = clock.monotonicMs();
          if (fault !== undefined) return bad(fault);
          return await device.read(request, signal);
        },
      };
      const found = { gapMs: 0, connectGapMs: 0 };
      return { session, found, adapt() {}, release() {} };
    },
  });
  const patient: KnownPatient = {
    openPool,
    clock,
    host: "played",
    port: 502,
    unitId: 1,
    timeoutMs: 1_000,
    signal: NEVER,
    layout: LAYOUT,
  };
  async function run<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const done = work.finally(() => void (over = true));
    while (!over) await clock.advance(5);
    return await done;
  }
  return { patient, run };
}

const REFUSED: ModbusFault = { kind: "exception", code: 2 };
const LOST: ModbusFault = { kind: "timeout", elapsedMs: 1_000 };

Deno.test("the largest read is found whatever it is, and a border that must not be crossed", async () => {
  for (const most of [4, 10, 31, 50, 68, 125]) {
    const { patient, run } = patientOf(({ count }) =>
      count > most ? { fault: REFUSED } : {}
    );
    const found = await run(measureReads(patient, 0));
    deepStrictEqual([found.inOneModel, found.across], [Math.min(most, 68), most]);
    const [size] = judgeReads(found);
    strictEqual(size?.advice.registersPerReadMax, most < 125 ? most : undefined);
  }
  const border = INVERTER.base + 2;
  const { patient, run } = patientOf(({ address, count }) =>
    address < border && address + count > border ? { fault: REFUSED } : {}
  );
  const [size, across] = judgeReads(await run(measureReads(patient, 0)));
  strictEqual(size?.gravity, "good");
  strictEqual(across?.advice.readsAcrossModels, false);
});

Deno.test("the pause that a device needs is found, and none where it needs none", async () => {
  for (const needed of [0, 15, 90, 5_000]) {
    const { patient, run } = patientOf((_, restMs) =>
      restMs < needed ? { fault: LOST, ms: 1_000 } : {}
    );
    const trials = await run(measureTimes(patient));
    const [, gap] = judgeTimes(trials);
    const wanted = GAPS_TRIED_MS.find((ms) => ms >= needed);
    strictEqual(
      gap?.gravity,
      needed === 0 ? "good" : wanted === undefined ? "bad" : "note",
    );
    strictEqual(gap?.advice.gapMs, needed === 0 ? undefined : wanted ?? 500);
  }
});

Deno.test("answer times are told without the pause before them, and a slow device gets a longer deadline", async () => {
  const { patient, run } = patientOf(() => ({ ms: 900 }));
  const [answers] = judgeTimes(await run(measureTimes(patient)));
  ok(answers?.found.startsWith("p50 900 ms, p99 900 ms"), answers?.found);
  strictEqual(answers?.advice.timeoutMs, 4_000);
});

Deno.test("quantile() gives a value of the list, by nearest rank", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(), { minLength: 1 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (values, share) => {
      const found = quantile(values, share);
      ok(values.includes(found));
      ok(
        values.filter((value) => value <= found).length >= share * values.length - 1e-9,
      );
    },
  ));
  ok(Number.isNaN(quantile([], 0.5)));
});

function model(
  points: DecodedModel["points"],
  flags: DecodedModel["flags"] = [],
): DecodedModel {
  return { id: 122, address: 40_070, length: 44, points, flags };
}

Deno.test("lengths, scale factors and other oddities are told apart", () => {
  const steady = judgeValues([model({ W_SF: 1 })], [model({ W_SF: 1 })]);
  ok(steady.every(({ gravity }) => gravity === "good"));
  const moved = judgeValues([model({ W_SF: 1 })], [model({ W_SF: 0 })]);
  ok(moved.some(({ found }) => found.includes("model 122 W_SF")));
  const odd = judgeValues([
    model({}, [
      { path: "L", reason: "length-short" },
      { path: "W", reason: "scale-absent" },
      { path: "Md", reason: "text-not-utf8" },
    ]),
  ], []);
  deepStrictEqual(odd.map(({ check, gravity }) => `${check} ${gravity}`), [
    "lengths note",
    "scale factors bad",
    "values note",
  ]);
});

Deno.test("the device's clock is compared, where it has one", () => {
  const now = Date.UTC(2026, 5, 1);
  const seconds = now / 1_000 - 946_684_800;
  const at = (Tms: number) => judgeClock([model({ Tms })], now);
  strictEqual(at(seconds + 10).gravity, "good");
  ok(at(seconds + 3_600).found.startsWith("ahead by 3600 s"));
  ok(at(seconds - 90 * 86_400).found.startsWith("behind by 90 days"));
  strictEqual(judgeClock([model({ Tms: null })], now).found, "it has none");
});

Deno.test("a chain that is odd, elsewhere, by another function or nameless gets its settings", () => {
  const odd: DeviceLayout = {
    ...LAYOUT,
    base: 50_000,
    functionCode: 4,
    end: "id-zero",
    identity: { ...LAYOUT.identity, serial: null },
    oddities: ["the chain ends at 40174 with model id 0"],
  };
  deepStrictEqual(judgeChain(LAYOUT).map(({ gravity }) => gravity), ["good"]);
  const advice = Object.assign({}, ...judgeChain(odd).map((one) => one.advice));
  deepStrictEqual(advice, { base: 50_000, functionCode: 4 });
});
