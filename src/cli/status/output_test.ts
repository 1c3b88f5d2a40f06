import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  AGENT_STATUS as STATUS,
  DEVICE_STATUS as DEVICE,
} from "../../testing/agent/agent_status.ts";
import type { DeviceStatus } from "../../observability/status.ts";
import { displayWidth } from "../terminal/text.ts";
import { renderStatus } from "./output.ts";

Deno.test("renderStatus() fits the width and writes no control characters", () => {
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
          ({ severity: "degraded", part: "devices", text }) as const
        ),
      };
      for (const line of renderStatus(status, { width, colour: false })) {
        ok(displayWidth(line) <= width, line);
        // deno-lint-ignore no-control-regex
        ok(!/[\x00-\x1f\x7f-\x9f]/.test(line), JSON.stringify(line));
      }
    },
  ));
});

Deno.test("renderStatus() lists the problems first and offline devices before the others", () => {
  const lines = renderStatus({
    ...STATUS,
    troubles: [{ severity: "failing", part: "agent", text: "pump stalled" }],
    devices: [DEVICE, { ...DEVICE, id: "inv-02", state: "offline", reason: "refused" }],
  }, { width: 200, colour: false });
  strictEqual(lines[0], "CRITICAL: pump stalled");
  const at = (id: string): number => lines.findIndex((line) => line.startsWith(id));
  ok(at("device") < at("inv-02") && at("inv-02") < at("inv-01"), lines.join("\n"));
  ok(lines[at("inv-02")]?.endsWith("refused"));
});

Deno.test("renderStatus() shows what is left out of the records of a device", () => {
  const device: DeviceStatus = {
    ...DEVICE,
    notes: ["model 203 is skipped", "no record"],
  };
  const lines = renderStatus({ ...STATUS, devices: [device] }, {
    width: 200,
    colour: false,
  });
  ok(lines.some((line) => line.endsWith("model 203 is skipped; no record")));
});

Deno.test("renderStatus() names a device without id by its address and wraps the reason under its row", () => {
  const reason =
    "cannot connect: connection refused (os error 111), next attempt in 12 s";
  const device: DeviceStatus = {
    ...DEVICE,
    ...{ id: null, host: "fd00::7", port: 1_599, unitId: 3, state: "offline", reason },
    ...{ manufacturer: null, model: null, lastPollAtMs: null, polls: 0 },
  };
  const lines = renderStatus({ ...STATUS, devices: [DEVICE, device] }, {
    width: 80,
    colour: false,
  });
  const at = lines.findIndex((line) => line.startsWith("[fd00::7]:1599 unit 3 "));
  ok(at > 0, lines.join("\n"));
  strictEqual(lines[at + 1], `  ${reason}`);
  ok(lines[at + 2]?.startsWith("inv-01 "), lines.join("\n"));
});
