import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readImage } from "../device_image.ts";
import {
  createRecordedImage,
  type PlayedDevice,
  withMood,
} from "./simulated_device.ts";

Deno.test("recorded registers are read as they were recorded, holes as exception 2", () => {
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
        const wanted = registers.slice(at, at + count);
        if (wanted.length === count && !wanted.includes(null)) {
          ok(answer.ok);
          deepStrictEqual([...answer.registers], wanted);
        } else deepStrictEqual(answer, { ok: false, code: 2 });
      },
    ),
  );
});

Deno.test("a record that was read with one function code knows no other", () => {
  const image = createRecordedImage({ base: 0, registers: [7], functionCode: 4 });
  const request = { unitId: 1, address: 0, count: 1 };
  ok(readImage(image, { ...request, functionCode: 4 }).ok);
  deepStrictEqual(readImage(image, { ...request, functionCode: 3 }), {
    ok: false,
    code: 1,
  });
});

Deno.test("a mood shows on a device and leaves it as it is, however its image grows", () => {
  let registers = Uint16Array.of(1, 2);
  const device: PlayedDevice = {
    ...{ name: "one", kind: "dump", unitId: 1, gateway: undefined },
    get image() {
      return { base: 100, registers };
    },
    update(simMs) {
      registers = Uint16Array.from({ length: simMs }, (_, at) => at);
    },
  };
  const moody = withMood(device, (image) => void (image.registers[0] = 99));
  for (const length of [2, 5, 3]) {
    moody.update(length);
    strictEqual(moody.image.registers[0], 99);
    strictEqual(moody.image.registers.length, length);
    strictEqual(device.image.registers[0], 0);
  }
});
