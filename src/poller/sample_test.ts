import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import {
  inverterImage,
  POWER_ADDRESS,
  POWER_SCALE_ADDRESS,
} from "../../tests/poller/fake_plant.ts";
import { playDevice } from "../testing/devices/device_reader.ts";
import { createFakeClock } from "../base/clock.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import {
  type PlannedModel,
  planPoll,
  type PollPlan,
} from "../sunspec/plan/poll_plan.ts";
import { KNOWN_LIMITS } from "../device/read_size_fallback.ts";
import { describeSampleFault, sampleDevice, type SampleFault } from "./sample.ts";
import type { Result } from "../base/result.ts";
import type { Sample } from "./sample.ts";

const UNIT = { unitId: 1, functionCode: 3 } as const;
const NEVER = new AbortController().signal;
const IMAGE = inverterImage({ power: 123, scale: 1 });

async function planBy(countMax: number): Promise<PollPlan> {
  const models: PlannedModel[] = [];
  for (
    const at of [
      { id: 1, address: 40_002, length: 66 },
      { id: 103, address: 40_070, length: 50 },
    ]
  ) {
    const definition = await loadDefinition(at.id);
    if (definition !== undefined) models.push({ at, definition });
  }
  return planPoll(models, 40_000, { countMax, gapMax: 0, joinModels: false });
}

type Reader = ReturnType<typeof playDevice>;

function sample(
  reader: Reader,
  plan: PollPlan,
): Promise<Result<Sample, SampleFault>> {
  const clock = createFakeClock({ wallMs: 1_000 });
  return sampleDevice(reader, UNIT, plan, { timeoutMs: 100 }, clock, NEVER);
}

function powerOf(sampled: Result<Sample, SampleFault>): unknown {
  if (!sampled.ok) return describeSampleFault(sampled.fault);
  return sampled.value.models.find(({ id }) => id === 103)?.points["W"];
}

const DEVICE = { base: IMAGE.base, registers: [...IMAGE.registers] };

Deno.test("a poll is whole or nothing, whichever of its reads fails", async () => {
  const faults: ModbusFault[] = [
    { kind: "timeout", elapsedMs: 100 },
    { kind: "closed", detail: "by the device" },
    { kind: "protocol", detail: "foreign unit" },
    { kind: "exception", code: 4 },
  ];
  for (const countMax of [125, ...KNOWN_LIMITS]) {
    const plan = await planBy(countMax);
    for (const fault of faults) {
      for (let failing = 1; failing <= plan.reads.length; failing++) {
        const reader = playDevice(DEVICE, {
          fault: (_request, nth) => nth === failing ? fault : undefined,
        });
        const sampled = await sample(reader, plan);
        strictEqual(reader.asked.length, failing);
        deepStrictEqual(sampled.ok ? undefined : sampled.fault, {
          kind: "read",
          span: plan.reads[failing - 1],
          fault,
        });
      }
    }
    strictEqual(powerOf(await sample(playDevice(DEVICE), plan)), 1_230);
  }
});

Deno.test("a refused large read suspects a limit, a refused small one does not", async () => {
  for (const [countMax, kind] of [[125, "limit-suspected"], [10, "read"]] as const) {
    const plan = await planBy(countMax);
    const fault = { kind: "exception", code: 3 } as const;
    const { count: largest } = plan.reads.reduce((a, b) => a.count > b.count ? a : b);
    const reader = playDevice(DEVICE, {
      fault: ({ count }) => count === largest ? fault : undefined,
    });
    const sampled = await sample(reader, plan);
    strictEqual(sampled.ok ? undefined : sampled.fault.kind, kind);
  }
});

Deno.test("a scale factor that changes once within a poll is read again, and the value is right", async () => {
  const plan = await planBy(32);
  let changedAt = 0;
  for (let nth = 2; nth <= plan.reads.length; nth++) {
    const device = { base: IMAGE.base, registers: [...IMAGE.registers] };
    const reader = playDevice(device, {
      fault(request, count) {
        if (count === nth) {
          changedAt = request.address;
          device.registers[POWER_ADDRESS - device.base] = 1_230;
          device.registers[POWER_SCALE_ADDRESS - device.base] = 0;
        }
        return undefined;
      },
    });
    const sampled = await sample(reader, plan);
    strictEqual(powerOf(sampled), 1_230, `change before read ${nth} at ${changedAt}`);
    ok(reader.asked.length <= 2 * plan.reads.length);
  }
});

Deno.test("a model that is not where it was is a change, said in words", async () => {
  const registers = [...IMAGE.registers];
  registers[70] = 101;
  const sampled = await sample(
    playDevice({ base: IMAGE.base, registers }),
    await planBy(125),
  );
  ok(!sampled.ok && sampled.fault.kind === "layout-changed");
  ok(describeSampleFault(sampled.fault).includes("101"));
});
