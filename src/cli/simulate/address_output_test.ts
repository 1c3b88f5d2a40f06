import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatDeviceTables } from "../../config/device_tables.ts";
import {
  createRecordedImage,
  type SimulatedDevice,
} from "../../simulator/devices/simulated_device.ts";
import { deviceTablesOf, readCommandOf } from "./address_output.ts";

function dumpAt(name: string, base: number): SimulatedDevice {
  return {
    name,
    kind: "dump",
    unitId: 1,
    gateway: undefined,
    image: createRecordedImage({ base, registers: [0x5375, 0x6e53] }),
    update() {},
  };
}

const DEVICES = [dumpAt("a", 40_000), dumpAt("b", 50_000), dumpAt("c", 30_050)];
const AT = { name: "gateway", host: "127.0.0.1", port: 1502 };

Deno.test("readCommandOf() names a base address that read does not try", () => {
  const commandOf = (name: string): string =>
    readCommandOf({ ...AT, unitIds: [7], devices: [name] }, DEVICES);
  const command = "sunspec-collector read 127.0.0.1:1502 --unit 7";
  deepStrictEqual(["a", "b", "c"].map(commandOf), [
    command,
    command,
    `${command} --base 30050`,
  ]);
});

Deno.test("deviceTablesOf() configures a base address that the agent does not try", () => {
  const address = { ...AT, unitIds: [1, 2, 3], devices: ["a", "b", "c"] };
  strictEqual(
    formatDeviceTables(deviceTablesOf(address, DEVICES)),
    `
[[devices]]
id = "gateway"
host = "127.0.0.1"
port = 1502
unit_ids = [1, 2]

[[devices]]
id = "gateway-30050"
host = "127.0.0.1"
port = 1502
unit_ids = [3]
base = 30050
`,
  );
});
