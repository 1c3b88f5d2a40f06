import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readImage } from "../device_image.ts";
import {
  createRecordedImage,
  type SimulatedDevice,
  withState,
} from "./simulated_device.ts";

Deno.test("createRecordedImage() returns recorded registers, and exception 2 for missing ones", () => {
  fc.assert(
    fc.property(
      fc.nat(60_000),
      fc.array(fc.option(fc.nat(0xffff)), { minLength: 1, maxLength: 60 }),
      fc.nat(59),
      fc.integer({ min: 1, max: 20 }),
      (base, registers, at, count) => {
        const image = createRecordedImage({ base, registers });
        const address = base + at;
        const answer = readImage(image, { unitId: 1, functionCode: 3, address, count });
        const expected = registers.slice(at, at + count);
        if (expected.length === count && !expected.includes(null)) {
          ok(answer.ok);
          deepStrictEqual([...answer.registers], expected);
        } else deepStrictEqual(answer, { ok: false, code: 2 });
      },
    ),
  );
});

Deno.test("createRecordedImage() supports only the recorded function code", () => {
  const image = createRecordedImage({ base: 0, registers: [7], functionCode: 4 });
  const request = { unitId: 1, address: 0, count: 1 };
  ok(readImage(image, { ...request, functionCode: 4 }).ok);
  deepStrictEqual(readImage(image, { ...request, functionCode: 3 }), {
    ok: false,
    code: 1,
  });
});

Deno.test("withState() changes a copy of the image, also when the size of the image changes", () => {
  let registers = Uint16Array.of(1, 2);
  const device: SimulatedDevice = {
    ...{ name: "one", kind: "dump", unitId: 1, gateway: undefined },
    get image() {
      return { base: 100, registers };
    },
    update(simMs) {
      registers = Uint16Array.from({ length: simMs }, (_, at) => at);
    },
  };
  const changed = withState(device, (image) => void (image.registers[0] = 99));
  for (const length of [2, 5, 3]) {
    changed.update(length);
    strictEqual(changed.image.registers[0], 99);
    strictEqual(changed.image.registers.length, length);
    strictEqual(device.image.registers[0], 0);
  }
});
