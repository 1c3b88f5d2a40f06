import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type DemoDevice,
  type DemoView,
  formatWattHours,
  formatWatts,
  redraw,
  renderDemo,
} from "./table.ts";
import { clean, formatAge, wantsColour } from "../terminal/table.ts";

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
  uplink: "files in /tmp/demo",
  buffered: 3,
  delivered: 1234,
  lost: 0,
  elapsedMs: 12_600,
};

const anyNumber = fc.option(fc.double());
const anyView: fc.Arbitrary<DemoView> = fc.record({
  devices: fc.array(
    fc.record({
      id: fc.string(),
      address: fc.string(),
      model: fc.option(fc.string()),
      state: fc.string(),
      healthy: fc.boolean(),
      powerW: anyNumber,
      irradianceWm2: anyNumber,
      energyWh: anyNumber,
      chargePct: anyNumber,
      pollAgeMs: anyNumber,
    }),
    { maxLength: 4 },
  ),
  uplink: fc.string(),
  uplinkTrouble: fc.option(fc.string(), { nil: undefined }),
  buffered: fc.nat(),
  delivered: fc.nat(),
  lost: fc.nat(),
  elapsedMs: fc.nat(),
  durationMs: fc.option(fc.nat(), { nil: undefined }),
});

Deno.test("no line is wider than the terminal, whatever the devices say", () => {
  fc.assert(fc.property(anyView, fc.integer({ min: 20, max: 200 }), (view, width) => {
    for (const line of renderDemo(view, { width, colour: false })) {
      ok([...line].length <= width, line);
    }
  }));
});

Deno.test("without colours there is no control character in a frame, with them the same text", () => {
  fc.assert(fc.property(anyView, (view) => {
    const plain = renderDemo(view, { width: 80, colour: false });
    // deno-lint-ignore no-control-regex
    ok(!/[\x00-\x1f\x7f-\x9f]/.test(plain.join("")));
    const coloured = renderDemo(view, { width: 80, colour: true });
    // deno-lint-ignore no-control-regex
    deepStrictEqual(coloured.map((line) => line.replaceAll(/\x1b\[\d+m/g, "")), plain);
  }));
});

Deno.test("a wide terminal shows every column, numbers to the right", () => {
  deepStrictEqual(
    renderDemo(VIEW, { width: 120, colour: false }).map((line) => line.trimEnd()),
    [
      "device      address                 model              state       power      energy  polled",
      "inverter-1  127.0.0.1:15021 unit 1  Demo Solar DS-60K  polling  41.23 kW  169.55 MWh   0.4 s",
      "meter-1     127.0.0.1:15021 unit 1  -                  backoff    -870 W           -       -",
      "",
      "12 s Ctrl-C ends it, 1,234 rows delivered, 3 in the buffer",
      "uplink: files in /tmp/demo",
    ],
  );
});

Deno.test("a narrow terminal keeps the device and its power", () => {
  const [, first = ""] = renderDemo(VIEW, { width: 24, colour: false });
  strictEqual(first, "inverter-1  41.23 kW");
});

Deno.test("rows lost and an uplink in trouble are told", () => {
  const lines = renderDemo(
    { ...VIEW, lost: 7, uplinkTrouble: "no broker answers", durationMs: 15_000 },
    { width: 80, colour: false },
  );
  ok(lines.includes("7 rows lost"));
  ok(lines.includes("uplink: no broker answers"));
  ok(lines.some((line) => line.startsWith("12 s of 15 s")));
});

Deno.test("a frame fits the height, and the devices that do not are counted", () => {
  const devices = Array.from({ length: 30 }, () => DEVICE);
  const lines = renderDemo({ ...VIEW, devices }, {
    width: 80,
    height: 24,
    colour: false,
  });
  strictEqual(lines.length, 23); // the cursor stands on the 24th
  ok(lines.includes("and 12 more"));
  strictEqual(renderDemo(VIEW, { width: 80, height: 24, colour: false }).length, 6);
});

Deno.test("redraw() goes up as many lines as the last frame had and clears the rest", () => {
  const body = (lines: string): string => `\x1b[?7l${lines}\x1b[?7h\x1b[J`;
  strictEqual(redraw(["a", "b"], 0), body("a\x1b[K\nb\x1b[K\n"));
  strictEqual(redraw(["a"], 2), `\x1b[2A\r${body("a\x1b[K\n")}`);
});

Deno.test("numbers carry the unit that keeps them short", () => {
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
  const ages = [null, -5, 400, 9_960, 61_000, 600_000, 1e8].map(formatAge);
  deepStrictEqual(ages, ["-", "0.0 s", "0.4 s", "10 s", "61 s", "10 min", "28 h"]);
});

Deno.test("colours are for terminals whose user did not decline them", () => {
  strictEqual(wantsColour(true, undefined), true);
  strictEqual(wantsColour(true, ""), true);
  strictEqual(wantsColour(true, "1"), false);
  strictEqual(wantsColour(false, undefined), false);
});

Deno.test("a battery shows its charge where others show energy, a weather station the light", () => {
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

Deno.test("clean() leaves no text that moves the cursor or turns the line round", () => {
  strictEqual(clean("a\x1b[2J\u202eb\u2066c\n"), "a?[2J?b?c?");
  strictEqual(clean("Söhne & Töchter €, 太陽"), "Söhne & Töchter €, 太陽");
});
