import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { AGENT_STATUS, DEVICE_STATUS } from "../../testing/agent/agent_status.ts";
import type { Instrument, MetricsSnapshot } from "./instrument.ts";
import { INSTRUMENTS } from "./instruments.ts";
import { countRecord, createMeasurements } from "./measurements.ts";
import { prometheusName, renderPrometheus } from "./prometheus.ts";
import type { DeviceStatus } from "../status.ts";

/** A sample of the text format: a name, labels in braces, a number. */
const SAMPLE =
  /^[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?\d[\d.e+-]*$/;

function render(instruments: readonly Instrument[], seen: MetricsSnapshot): string {
  return [...renderPrometheus(instruments, seen)].join("");
}

function seeing(devices: readonly DeviceStatus[]): MetricsSnapshot {
  const measured = createMeasurements(["refused"], ["agent.ready"]);
  countRecord(measured, "NormalizedMeterData", "partial", ["a:scale-absent"]);
  return {
    status: { ...AGENT_STATUS, devices },
    measurements: measured,
    cpuSeconds: 1.5,
  };
}

Deno.test("renderPrometheus() writes valid lines and no series twice, for any device texts", () => {
  const device = fc.record({
    id: fc.option(fc.constantFrom("a", "b", 'q"\\\n')),
    unitId: fc.nat(255),
    model: fc.option(fc.string({ unit: "binary" })),
    manufacturer: fc.option(fc.string()),
  }).map((some) => ({ ...DEVICE_STATUS, ...some }));
  const devices = fc.uniqueArray(device, { selector: ({ unitId }) => unitId });
  fc.assert(
    fc.property(devices, (list) => {
      const text = render(INSTRUMENTS, seeing(list));
      ok(text.endsWith("\n"));
      const samples = text.slice(0, -1).split("\n").filter((line) =>
        !line.startsWith("#")
      );
      for (const line of samples) ok(SAMPLE.test(line), line);
      const series = samples.map((line) => line.slice(0, line.lastIndexOf(" ")));
      strictEqual(new Set(series).size, series.length);
    }),
    { numRuns: 30 },
  );
});

Deno.test("renderPrometheus() writes cumulative histogram buckets", () => {
  const seen = seeing([]);
  for (const seconds of [0.001, 0.3, 0.3, 99]) {
    seen.measurements.pollSeconds.add(seconds);
  }
  const [poll] = INSTRUMENTS.filter(({ name }) => name === "poll.duration");
  ok(poll !== undefined);
  const lines = render([poll], seen).split("\n");
  const name = "sunspec_collector_poll_duration_seconds";
  ok(lines.includes(`${name}_bucket{le="0.25"} 1`));
  ok(lines.includes(`${name}_bucket{le="0.5"} 3`));
  ok(lines.includes(`${name}_bucket{le="+Inf"} 4`));
  ok(lines.includes(`${name}_count 4`));
});

Deno.test("INSTRUMENTS have unique names and a help text that is a sentence", () => {
  const names = INSTRUMENTS.map(prometheusName);
  strictEqual(new Set(names).size, names.length);
  for (const { name, help } of INSTRUMENTS) {
    ok(/^[a-z_]+(?:\.[a-z_]+)*$/.test(name), name);
    ok(help.endsWith("."), name);
  }
});

Deno.test("INSTRUMENTS have seven series per device", () => {
  const devices = Array.from(
    { length: 1_000 },
    (_, at) => ({
      ...DEVICE_STATUS,
      id: `inv-${at}`,
      host: `10.0.${at >> 8}.${at & 255}`,
    }),
  );
  const series = (count: number): number =>
    render(INSTRUMENTS, seeing(devices.slice(0, count))).split("\n")
      .filter((line) => line !== "" && !line.startsWith("#")).length;
  deepStrictEqual((series(1_000) - series(100)) / 900, 7);
});
