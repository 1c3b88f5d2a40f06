import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { FAULT_KINDS, parseFaultSpec, type SimulatedFault } from "./fault_spec.ts";

const VALID:
  readonly (readonly [text: string, fault: SimulatedFault, device?: string])[] = [
    ["delay=200ms", { kind: "response", fault: { kind: "delay", delayMs: 200 } }],
    ["silent", { kind: "response", fault: { kind: "silent" } }],
    [
      "inverter-1:exception=4,10%",
      { kind: "response", fault: { kind: "exception", code: 4 }, share: 0.1 },
      "inverter-1",
    ],
    [
      "drop,2.5%,3x",
      { kind: "response", fault: { kind: "drop" }, share: 0.025, times: 3 },
    ],
    ["short", { kind: "response", fault: { kind: "short-answer" } }],
    ["truncated", { kind: "response", fault: { kind: "truncated-frame" } }],
    ["wrong-unit,1x", { kind: "response", fault: { kind: "wrong-unit" }, times: 1 }],
    [
      "dribble=3",
      { kind: "response", fault: { kind: "dribble", pieceBytes: 3, pauseMs: 20 } },
    ],
    ["meters:sessions=1", { kind: "sessions", max: 1 }, "meters"],
    ["close-after=5", { kind: "close-after", responses: 5 }],
    ["a b.c_2:offline", { kind: "offline" }, "a b.c_2"],
    ["night", { kind: "night" }],
    ["wake-up", { kind: "wake-up" }],
    ["ramp=60s", { kind: "ramp", periodMs: 60_000 }],
  ];
for (const [text, fault, device = null] of VALID) {
  Deno.test(`parseFaultSpec() parses "${text}"`, () => {
    const spec = parseFaultSpec(text);
    ok(spec.ok, spec.ok ? "" : spec.fault);
    deepStrictEqual(spec.value, { device, fault, text });
  });
}

const INVALID: readonly (readonly [text: string, fault: string])[] = [
  ["", "Expected [DEVICE:]FAULT[=VALUE][,SHARE%][,TIMESx]."],
  ["delay", "Expected delay=TIME, found no value."],
  ["delay=200", 'Expected delay=TIME, found "200".'],
  ["exception=0", 'Expected exception=CODE, found "0".'],
  ["silent=3", 'Expected silent, found "3".'],
  ["night,3x", '"night" cannot be limited by "3x".'],
  [
    "drop,200%",
    'Expected a share of the requests, such as 10%, or a number of requests, such as 3x; found "200%".',
  ],
  [
    "drop,0x",
    'Expected a share of the requests, such as 10%, or a number of requests, such as 3x; found "0x".',
  ],
];
for (const [text, fault] of INVALID) {
  Deno.test(`parseFaultSpec() rejects "${text}"`, () => {
    const spec = parseFaultSpec(text);
    ok(!spec.ok);
    strictEqual(spec.fault, fault);
  });
}

Deno.test("parseFaultSpec() lists the faults if a name is unknown", () => {
  for (const name of ["dely=1s", "constructor", "toString"]) {
    const spec = parseFaultSpec(name.toLowerCase());
    ok(!spec.ok);
    for (const known of Object.keys(FAULT_KINDS)) ok(spec.fault.includes(known));
  }
});

Deno.test("parseFaultSpec() handles any text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const spec = parseFaultSpec(text);
    ok(spec.ok || spec.fault.endsWith("."));
  }));
});
