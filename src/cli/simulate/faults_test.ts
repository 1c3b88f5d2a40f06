import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { FAULT_FORMS, parseFaultOrder, type PlayFault } from "./faults.ts";

const WRITTEN: readonly (readonly [text: string, what: PlayFault, device?: string])[] =
  [
    ["delay=200ms", { is: "answer", fault: { kind: "delay", delayMs: 200 } }],
    ["silent", { is: "answer", fault: { kind: "silent" } }],
    [
      "inverter-1:exception=4,10%",
      { is: "answer", fault: { kind: "exception", code: 4 }, share: 0.1 },
      "inverter-1",
    ],
    [
      "drop,2.5%,3x",
      { is: "answer", fault: { kind: "drop" }, share: 0.025, times: 3 },
    ],
    ["short", { is: "answer", fault: { kind: "short-answer" } }],
    ["truncated", { is: "answer", fault: { kind: "truncated-frame" } }],
    ["wrong-unit,1x", { is: "answer", fault: { kind: "wrong-unit" }, times: 1 }],
    [
      "dribble=3",
      { is: "answer", fault: { kind: "dribble", pieceBytes: 3, pauseMs: 20 } },
    ],
    ["meters:sessions=1", { is: "sessions", max: 1 }, "meters"],
    ["close-after=5", { is: "close-after", answers: 5 }],
    ["a b.c_2:offline", { is: "offline" }, "a b.c_2"],
    ["night", { is: "night" }],
    ["wake-up", { is: "wake-up" }],
    ["ramp=60s", { is: "ramp", periodMs: 60_000 }],
  ];
for (const [text, what, device = null] of WRITTEN) {
  Deno.test(`--fault ${text}`, () => {
    const order = parseFaultOrder(text);
    ok(order.ok, order.ok ? "" : order.fault);
    deepStrictEqual(order.value, { device, what, text });
  });
}

const WRONG: readonly (readonly [text: string, fault: string])[] = [
  ["", "It must be written [DEVICE:]FAULT[=VALUE][,SHARE%][,TIMESx]."],
  ["delay", "It must be written delay=TIME, not with no value."],
  ["delay=200", 'It must be written delay=TIME, not with "200".'],
  ["exception=0", 'It must be written exception=CODE, not with "0".'],
  ["silent=3", 'It must be written silent, not with "3".'],
  ["night,3x", '"night" is there or not: it takes no "3x".'],
  [
    "drop,200%",
    '"200%" is neither a share of the requests, such as 10%, nor a number of times, such as 3x.',
  ],
  [
    "drop,0x",
    '"0x" is neither a share of the requests, such as 10%, nor a number of times, such as 3x.',
  ],
];
for (const [text, fault] of WRONG) {
  Deno.test(`--fault ${text} is refused, and what is wanted is said`, () => {
    const order = parseFaultOrder(text);
    ok(!order.ok);
    strictEqual(order.fault, fault);
  });
}

Deno.test("a fault that there is not is answered with those that there are", () => {
  for (const name of ["dely=1s", "constructor", "toString"]) {
    const order = parseFaultOrder(name.toLowerCase());
    ok(!order.ok);
    for (const known of Object.keys(FAULT_FORMS)) ok(order.fault.includes(known));
  }
});

Deno.test("any text gives an order or a fault", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const order = parseFaultOrder(text);
    ok(order.ok || order.fault.endsWith("."));
  }));
});
