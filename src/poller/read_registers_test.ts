import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import {
  inverterImage,
  POWER_ADDRESS,
  POWER_SCALE_ADDRESS,
} from "../testing/devices/fake_plant.ts";
import { createFakeReader } from "../testing/devices/fake_reader.ts";
import { createFakeClock } from "../testing/fake_clock.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import {
  type PlannedModel,
  planPoll,
  type PollPlan,
} from "../sunspec/plan/poll_plan.ts";
import { FALLBACK_COUNTS } from "../device/read_size_fallback.ts";
import {
  describePollFault,
  type PollFault,
  readRegisters,
  type RegisterReading,
} from "./read_registers.ts";
import type { Result } from "../base/result.ts";
import {
  createFrameHistory,
  type FrameHistory,
} from "../sunspec/decode/frame_history.ts";
import { decodeImage } from "../sunspec/decode/image_decode.ts";
import { pointValue } from "../sunspec/decode/model_reading.ts";

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

type Reader = ReturnType<typeof createFakeReader>;

function read(
  reader: Reader,
  plan: PollPlan,
  frames: FrameHistory = createFrameHistory(),
): Promise<Result<RegisterReading, PollFault>> {
  const clock = createFakeClock({ wallMs: 1_000 });
  return readRegisters(reader, UNIT, plan, { timeoutMs: 100, frames }, clock, NEVER);
}

function powerOf(
  plan: PollPlan,
  reading: Result<RegisterReading, PollFault>,
): unknown {
  if (!reading.ok) return describePollFault(reading.fault);
  const { image, faults } = reading.value;
  const model = decodeImage(plan, image, faults).find(({ id }) => id === 103);
  return model === undefined ? undefined : pointValue(model, "W");
}

const DEVICE = { base: IMAGE.base, registers: [...IMAGE.registers] };

Deno.test("readRegisters() fails if any of its reads fails", async () => {
  const faults: ModbusFault[] = [
    { kind: "timeout", elapsedMs: 100 },
    { kind: "closed", detail: "by the device" },
    { kind: "protocol", detail: "foreign unit" },
    { kind: "exception", code: 4 },
  ];
  for (const countMax of [125, ...FALLBACK_COUNTS]) {
    const plan = await planBy(countMax);
    for (const fault of faults) {
      for (let failing = 1; failing <= plan.reads.length; failing++) {
        const reader = createFakeReader(DEVICE, {
          fault: (_request, nth) => nth === failing ? fault : undefined,
        });
        const reading = await read(reader, plan);
        strictEqual(reader.requests.length, failing);
        deepStrictEqual(reading.ok ? undefined : reading.fault, {
          kind: "read",
          span: plan.reads[failing - 1],
          fault,
        });
      }
    }
    strictEqual(powerOf(plan, await read(createFakeReader(DEVICE), plan)), 1_230);
  }
});

Deno.test("readRegisters() suspects a limit if a large read is refused, not if a small one is", async () => {
  for (const [countMax, kind] of [[125, "limit-suspected"], [10, "read"]] as const) {
    const plan = await planBy(countMax);
    const fault = { kind: "exception", code: 3 } as const;
    const { count: largest } = plan.reads.reduce((a, b) => a.count > b.count ? a : b);
    const reader = createFakeReader(DEVICE, {
      fault: ({ count }) => count === largest ? fault : undefined,
    });
    const reading = await read(reader, plan);
    strictEqual(reading.ok ? undefined : reading.fault.kind, kind);
  }
});

Deno.test("readRegisters() repeats the reads if a scale factor changes between them", async () => {
  const plan = await planBy(32);
  let changedAt = 0;
  for (let nth = 2; nth <= plan.reads.length; nth++) {
    const device = { base: IMAGE.base, registers: [...IMAGE.registers] };
    const reader = createFakeReader(device, {
      fault(request, count) {
        if (count === nth) {
          changedAt = request.address;
          device.registers[POWER_ADDRESS - device.base] = 1_230;
          device.registers[POWER_SCALE_ADDRESS - device.base] = 0;
        }
        return undefined;
      },
    });
    const reading = await read(reader, plan);
    strictEqual(
      powerOf(plan, reading),
      1_230,
      `change before read ${nth} at ${changedAt}`,
    );
    ok(reader.requests.length <= 2 * plan.reads.length);
  }
});

Deno.test("readRegisters() reports a moved model as a change of the layout", async () => {
  const registers = [...IMAGE.registers];
  registers[70] = 101;
  const reading = await read(
    createFakeReader({ base: IMAGE.base, registers }),
    await planBy(125),
  );
  ok(!reading.ok && reading.fault.kind === "layout-changed");
  ok(describePollFault(reading.fault).includes("101"));
});

/** The image with every register after the header of model 103 replaced. */
function filled(value: number): number[] {
  return DEVICE.registers.map((register, at) =>
    at >= 72 && at < 122 ? value : register
  );
}

Deno.test("readRegisters() reads an impossible model once more", async () => {
  const plan = await planBy(125);
  for (
    const [value, fault] of [[0xffff, "frame-all-ones"], [
      0,
      "frame-all-zeros",
    ]] as const
  ) {
    const device = { base: DEVICE.base, registers: filled(value) };
    const frames = createFrameHistory();
    const poll = (reader: Reader): ReturnType<typeof read> =>
      read(reader, plan, frames);
    const glitch = createFakeReader(device, {
      fault: (_, nth) => {
        if (nth > plan.reads.length) device.registers = DEVICE.registers;
        return undefined;
      },
    });
    const healed = await poll(glitch);
    strictEqual(glitch.requests.length, plan.reads.length + 1, "the fault was not met");
    strictEqual(powerOf(plan, healed), 1_230);

    device.registers = filled(value);
    const lasting = createFakeReader(device);
    const first = await poll(lasting);
    ok(first.ok);
    strictEqual(lasting.requests.length, plan.reads.length + 1);
    strictEqual(powerOf(plan, first), null);
    deepStrictEqual(
      [...first.value.faults.values()].flat().map(({ reason }) => reason),
      [fault],
    );
    // It was like that in the last poll too.
    strictEqual(powerOf(plan, await poll(lasting)), null);
    strictEqual(lasting.requests.length, 2 * plan.reads.length + 1);
  }
});
