import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { peek } from "../cell.ts";
import { FLOAT_THREE_PHASE_IMAGE } from "../images/float_three_phase.ts";
import { SINGLE_PHASE_IMAGE } from "../images/single_phase.ts";
import { THREE_PHASE_IMAGE } from "../images/three_phase.ts";
import { CLOUD_LAG_MS } from "./plant.ts";
import { type SimulatedDevice, withChanges } from "../devices/simulated_device.ts";
import { DAY_MS, HOUR_MS } from "./sun.ts";
import {
  ABSENT_MS,
  createTwoDayPlant,
  GLITCH_MS,
  NEW_COUNTED,
  NEW_SERIAL_TAIL,
  RESTART_MS,
  SWAP_MS,
  UPDATE_MS,
} from "./two_days.ts";
import { walkModels } from "../walk.ts";

const SUNRISE_MS = 6 * HOUR_MS;
const SUNSET_MS = 20 * HOUR_MS;

Deno.test("withNightSleep() sleeps at night, has invalid registers in the morning and keeps counting", () => {
  const device = get("inverter-2");
  const { St, WH, W } = FLOAT_THREE_PHASE_IMAGE.cells;
  ok(St && WH && W);
  device.update(SUNSET_MS - 2 * HOUR_MS);
  device.update(SUNSET_MS + 60_000);
  const evening = peek(device.image, WH);
  strictEqual(peek(device.image, St), 2);
  ok(Number.isNaN(peek(device.image, W)));
  device.update(DAY_MS + SUNRISE_MS + GLITCH_MS - 60_000);
  strictEqual(peek(device.image, WH), 0);
  device.update(DAY_MS + SUNRISE_MS + GLITCH_MS + 60_000);
  ok(peek(device.image, WH) >= evening);
  ok(!Number.isNaN(peek(device.image, W)));
});

Deno.test("withNightSleep() takes the network interface down at night if configured", () => {
  const device = get("inverter-1");
  const up = [1, 5.9, 6.1, 12, 19.9, 20.1, 29, 30.1].map((hour) =>
    device.isUp?.(hour * HOUR_MS)
  );
  deepStrictEqual(up, [false, false, true, true, true, false, false, true]);
});

Deno.test("withModelsHiddenAtNight() shows only the first model at night", () => {
  const device = get("inverter-5");
  const chain = (simMs: number): number[] => {
    device.update(simMs);
    return walkModels(device.image.registers).map(({ id }) => id);
  };
  const lagMs = 4 * CLOUD_LAG_MS;
  deepStrictEqual(chain(SUNRISE_MS + lagMs), [1]);
  deepStrictEqual(chain(SUNRISE_MS + lagMs + 1), [1, 113, 120, 160]);
  deepStrictEqual(chain(SUNSET_MS + lagMs), [1]);
});

Deno.test("withFirmwareUpdate() changes the version and moves all models after the first", () => {
  const device = get("inverter-3");
  const chain = (): number[] => walkModels(device.image.registers).map(({ id }) => id);
  const { WH } = SINGLE_PHASE_IMAGE.cells;
  ok(WH);
  device.update(UPDATE_MS - RESTART_MS - 1);
  const before = chain();
  const counted = peek(device.image, WH);
  strictEqual(device.isUp?.(UPDATE_MS - RESTART_MS), false);
  device.update(UPDATE_MS);
  strictEqual(device.isUp?.(UPDATE_MS), true);
  deepStrictEqual(chain(), [1, 64_110, ...before.slice(1)]);
  ok(peek(device.image, { ...WH, address: WH.address + 6 }) >= counted);
});

Deno.test("withReplacement() changes the serial number and the counters", () => {
  const device = get("inverter-4");
  const { WH, W } = THREE_PHASE_IMAGE.cells;
  ok(WH && W);
  const serial = (): string => {
    const at = THREE_PHASE_IMAGE.serialTail - THREE_PHASE_IMAGE.base;
    const words = [...device.image.registers.slice(at, at + 2)];
    return String.fromCharCode(...words.flatMap((word) => [word >> 8, word & 0xff]));
  };
  device.update(SWAP_MS - ABSENT_MS - 1);
  ok(serial() !== NEW_SERIAL_TAIL);
  strictEqual(device.isUp?.(SWAP_MS - 1), false);
  device.update(SWAP_MS);
  strictEqual(peek(device.image, WH), NEW_COUNTED);
  device.update(SWAP_MS + HOUR_MS);
  ok(peek(device.image, WH) > NEW_COUNTED);
  ok(peek(device.image, W) > 0);
});

Deno.test("withChanges() keeps following simulated time", () => {
  const device = get("inverter-3");
  const renamed = withChanges(device, { name: "other", unitId: 9 });
  renamed.update(UPDATE_MS);
  strictEqual(renamed.name, "other");
  strictEqual(renamed.image, device.image);
});

function get(name: string): SimulatedDevice {
  const device = createTwoDayPlant(1).devices.find((each) => each.name === name);
  ok(device);
  return device;
}
