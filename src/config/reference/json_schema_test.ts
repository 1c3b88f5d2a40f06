import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { renderJsonSchema } from "./json_schema.ts";

Deno.test("renderJsonSchema() has every table, rejects unknown keys and contains no secret", () => {
  const schema = JSON.parse(renderJsonSchema());
  deepStrictEqual(Object.keys(schema.properties).sort(), [
    "buffer",
    "devices",
    "discovery",
    "gateway",
    "log",
    "observe",
    "uplink",
  ]);
  const device = schema.properties.devices.items;
  strictEqual(device.additionalProperties, false);
  deepStrictEqual(device.required, ["host"]);
  deepStrictEqual(device.properties.unit_ids.items.type, "integer");
  strictEqual(device.properties.port.default, 502);
  deepStrictEqual(schema.properties.uplink.properties.kind.enum, ["files", "kafka"]);
  deepStrictEqual(schema.properties.uplink.properties.sasl_password.not, {});
  ok(renderJsonSchema().endsWith("}\n"));
});
