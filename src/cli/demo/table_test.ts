import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type DemoDevice,
  type DemoView,
  formatWattHours,
  formatWatts,
  renderDemo,
} from "./table.ts";
import { displayWidth } from "../terminal/text.ts";

const DEVICE: DemoDevice = {
  id: "inverter-1",
  address: "127.0.0.1:15021 unit 1",
  model: "Demo Solar DS-60K",
  state: "polling",
  healthy: true,
  powerW: 41_230,
  irradianceWm2: null,
  energyWh: 169_552_957,
  chargePct: null,
  pollAgeMs: 400,
};

const VIEW: DemoView = {
  devices: [DEVICE, {
    ...DEVICE,
    id: "meter-1",
    model: null,
    state: "backoff",
    healthy: false,
    powerW: -870,
    energyWh: null,
    pollAgeMs: null,
  }],
  destination: "files in /tmp/demo",
  buffered: 3,
  delivered: 1234,
  evicted: 0,
  elapsedMs: 12_600,
};

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
);
const anyNumber = fc.option(fc.double());
const anyView: fc.Arbitrary<DemoView> = fc.record({
  devices: fc.array(
    fc.record({
      id: anyText,
      address: anyText,
      model: fc.option(anyText),
      state: anyText,
      healthy: fc.boolean(),
      powerW: anyNumber,
      irradianceWm2: anyNumber,
      energyWh: anyNumber,
      chargePct: anyNumber,
      pollAgeMs: anyNumber,
    }),
    { maxLength: 4 },
  ),
  destination: anyText,
  uplinkProblem: fc.option(anyText, { nil: undefined }),
  buffered: fc.nat(),
  delivered: fc.nat(),
  evicted: fc.nat(),
  elapsedMs: fc.nat(),
  durationMs: fc.option(fc.nat(), { nil: undefined }),
});

Deno.test("renderDemo() fits the width for any text from devices", () => {
  fc.assert(fc.property(anyView, fc.integer({ min: 20, max: 200 }), (view, width) => {
    for (const line of renderDemo(view, { width, colour: false })) {
      ok(displayWidth(line) <= width, line);
    }
  }));
});

Deno.test("renderDemo() adds colours to the same text and writes no control characters", () => {
  fc.assert(fc.property(anyView, (view) => {
    const plain = renderDemo(view, { width: 80, colour: false });
    // deno-lint-ignore no-control-regex
    ok(!/[\x00-\x1f\x7f-\x9f]/.test(plain.join("")));
    const coloured = renderDemo(view, { width: 80, colour: true });
    // deno-lint-ignore no-control-regex
    deepStrictEqual(coloured.map((line) => line.replaceAll(/\x1b\[\d+m/g, "")), plain);
  }));
});

Deno.test("renderDemo() shows every column on a wide terminal and aligns numbers to the right", () => {
  deepStrictEqual(
    renderDemo(VIEW, { width: 120, colour: false }).map((line) => line.trimEnd()),
    [
      "device      address                 model              state       power      energy  polled",
      "inverter-1  127.0.0.1:15021 unit 1  Demo Solar DS-60K  polling  41.23 kW  169.55 MWh   0.4 s",
      "meter-1     127.0.0.1:15021 unit 1  -                  backoff    -870 W           -       -",
      "",
      "12 s (press Ctrl-C to stop), 1,234 rows delivered, 3 in the buffer",
      "uplink: files in /tmp/demo",
    ],
  );
});

Deno.test("renderDemo() keeps device and power on a narrow terminal", () => {
  const [, first = ""] = renderDemo(VIEW, { width: 24, colour: false });
  strictEqual(first, "inverter-1  41.23 kW");
});

Deno.test("renderDemo() shows dropped rows and the problem of the uplink", () => {
  const lines = renderDemo(
    { ...VIEW, evicted: 7, uplinkProblem: "no broker responds", durationMs: 15_000 },
    { width: 80, colour: false },
  );
  ok(lines.includes("7 rows DROPPED"));
  ok(lines.includes("uplink: no broker responds"));
  ok(lines.some((line) => line.startsWith("12 s of 15 s")));
});

Deno.test("renderDemo() fits the height and counts the devices that are not shown", () => {
  const devices = Array.from({ length: 30 }, () => DEVICE);
  const lines = renderDemo({ ...VIEW, devices }, {
    width: 80,
    height: 24,
    colour: false,
  });
  strictEqual(lines.length, 23); // line 24 is for the cursor
  ok(lines.includes("and 12 more"));
  strictEqual(renderDemo(VIEW, { width: 80, height: 24, colour: false }).length, 6);
});

Deno.test("formatWatts() and formatWattHours() choose the unit that keeps the text short", () => {
  const watts = [null, NaN, 0, -0.2, 999.4, 999.5, -41_230, 999_995, 3e9].map(
    formatWatts,
  );
  deepStrictEqual(watts, [
    "-",
    "-",
    "0 W",
    "0 W",
    "999 W",
    "1.00 kW",
    "-41.23 kW",
    "1.00 MW",
    "3.00 GW",
  ]);
  strictEqual(formatWattHours(169_552_957), "169.55 MWh");
});

Deno.test("renderDemo() shows the charge of a battery and the irradiance of a weather station", () => {
  const none = { powerW: null, energyWh: null };
  const devices = [
    { ...DEVICE, energyWh: null, powerW: -3_120, chargePct: 62.4 },
    { ...DEVICE, ...none, irradianceWm2: 742 },
  ];
  const [, battery, weather] = renderDemo({ ...VIEW, devices }, {
    width: 120,
    colour: false,
  });
  ok(/-3\.12 kW +62\.4 % /.test(battery ?? ""), battery);
  ok(/ 742 W\/m² +- /.test(weather ?? ""), weather);
});
