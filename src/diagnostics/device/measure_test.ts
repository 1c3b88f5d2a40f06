import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { INVERTER } from "../../testing/devices/devices.ts";
import { createFakeReader } from "../../testing/devices/fake_reader.ts";
import { createFakeClock } from "../../testing/fake_clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { ModbusFault } from "../../modbus/faults.ts";
import type { ModbusSession, ReadRequest } from "../../modbus/reader.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import type { DiscoveredTarget } from "./target.ts";
import { assessReads, measureReads } from "./read_limits.ts";
import { assessTimes, GAPS_TRIED_MS, measureTimes } from "./timing.ts";

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

/** The literal inverter with the faults and delays of `behaviour`, in simulated time. */
function simulateTarget(
  behaviour: (
    request: ReadRequest,
    pauseMs: number,
  ) => { readonly fault?: ModbusFault; readonly ms?: number },
): { target: DiscoveredTarget; run: <T>(work: Promise<T>) => Promise<T> } {
  const clock = createFakeClock({ wallMs: 0 });
  const device = createFakeReader(INVERTER);
  let lastMs = -Infinity;
  const openPool = () => ({
    close: () => Promise.resolve(),
    acquire({ gapMs }: { readonly gapMs: number }) {
      const session: ModbusSession = {
        address: "simulated",
        connect: () => Promise.resolve(good(undefined)),
        renew: () => {},
        disconnect: () => Promise.resolve(),
        async read(request, signal): Promise<Result<Uint16Array, ModbusFault>> {
          const waitMs = lastMs + gapMs - clock.monotonicMs();
          if (waitMs > 0) await clock.sleep(waitMs, signal);
          const { fault, ms = 5 } = behaviour(request, clock.monotonicMs() - lastMs);
          await clock.sleep(Math.min(ms, request.timeoutMs), signal);
          lastMs = clock.monotonicMs();
          if (fault !== undefined) return bad(fault);
          return await device.read(request, signal);
        },
      };
      const detectedPauses = { gapMs: 0, connectGapMs: 0 };
      return { session, detectedPauses, configure() {}, release() {} };
    },
  });
  const target: DiscoveredTarget = {
    openPool,
    clock,
    host: "simulated",
    port: 502,
    unitId: 1,
    timeoutMs: 1_000,
    signal: NEVER,
    layout: LAYOUT,
  };
  async function run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const result = work.finally(() => void (done = true));
    while (!done) await clock.advance(5);
    return await result;
  }
  return { target, run };
}

const REFUSED: ModbusFault = { kind: "exception", code: 2 };
const LOST: ModbusFault = { kind: "timeout", elapsedMs: 1_000 };

Deno.test("measureReads() finds the largest read and a model boundary that cannot be crossed", async () => {
  for (const most of [4, 10, 31, 50, 68, 125]) {
    const { target, run } = simulateTarget(({ count }) =>
      count > most ? { fault: REFUSED } : {}
    );
    const found = await run(measureReads(target, 0));
    deepStrictEqual([found.inOneModel, found.across], [Math.min(most, 68), most]);
    const [size] = assessReads(found);
    strictEqual(size?.advice.registersPerReadMax, most < 125 ? most : undefined);
  }
  const border = INVERTER.base + 2;
  const { target, run } = simulateTarget(({ address, count }) =>
    address < border && address + count > border ? { fault: REFUSED } : {}
  );
  const [size, across] = assessReads(await run(measureReads(target, 0)));
  strictEqual(size?.severity, "ok");
  strictEqual(across?.advice.readsAcrossModels, false);
});

Deno.test("measureTimes() finds the pause that a device needs, or none", async () => {
  for (const needed of [0, 15, 90, 5_000]) {
    const { target, run } = simulateTarget((_, pauseMs) =>
      pauseMs < needed ? { fault: LOST, ms: 1_000 } : {}
    );
    const trials = await run(measureTimes(target));
    const [, gap] = assessTimes(trials);
    const wanted = GAPS_TRIED_MS.find((ms) => ms >= needed);
    strictEqual(
      gap?.severity,
      needed === 0 ? "ok" : wanted === undefined ? "failure" : "warning",
    );
    strictEqual(gap?.advice.gapMs, needed === 0 ? undefined : wanted ?? 500);
  }
});

Deno.test("assessTimes() excludes pauses from response times and recommends a longer timeout for a slow device", async () => {
  const { target, run } = simulateTarget(() => ({ ms: 900 }));
  const [answers] = assessTimes(await run(measureTimes(target)));
  ok(answers?.found.startsWith("p50 900 ms, p99 900 ms"), answers?.found);
  strictEqual(answers?.advice.timeoutMs, 4_000);
});
