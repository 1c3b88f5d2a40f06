import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  AGENT_STATUS as STATUS,
  DEVICE_STATUS as DEVICE,
} from "../../testing/agent/agent_status.ts";
import type { DeviceStatus } from "../../observability/status.ts";
import { renderStatus } from "./output.ts";

Deno.test("no line of a status is wider than the terminal or moves its cursor", () => {
  fc.assert(fc.property(
    fc.integer({ min: 20, max: 200 }),
    fc.array(
      fc.tuple(fc.string({ unit: "binary" }), fc.constantFrom("online", "offline")),
    ),
    (width, devices) => {
      const status = {
        ...STATUS,
        devices: devices.map(([text, state]): DeviceStatus => ({
          ...DEVICE,
          id: text,
          reason: text,
          state: state === "online" ? "online" : "offline",
        })),
        troubles: devices.map(([text]) =>
          ({ severity: "troubled", part: "devices", text }) as const
        ),
      };
      for (const line of renderStatus(status, { width, colour: false })) {
        ok([...line].length <= width, line);
        // deno-lint-ignore no-control-regex
        ok(!/[\x00-\x1f\x7f-\x9f]/.test(line), JSON.stringify(line));
      }
    },
  ));
});

Deno.test("a status shows what is wrong first, and the devices that do not answer before the others", () => {
  const lines = renderStatus({
    ...STATUS,
    troubles: [{ severity: "failing", part: "agent", text: "pump hangs" }],
    devices: [DEVICE, { ...DEVICE, id: "inv-02", state: "offline", reason: "refused" }],
  }, { width: 200, colour: false });
  strictEqual(lines[0], "failing: pump hangs");
  const at = (id: string): number => lines.findIndex((line) => line.startsWith(id));
  ok(at("device") < at("inv-02") && at("inv-02") < at("inv-01"), lines.join("\n"));
  ok(lines[at("inv-02")]?.endsWith("refused"));
});
