import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  AGENT_STATUS,
  DEVICE_STATUS as DEVICE,
} from "../testing/agent/agent_status.ts";
import type { DeviceStatus } from "./status.ts";
import {
  type Facts,
  findTroubles,
  healthOf,
  summarise,
  unreadiness,
} from "./health.ts";

const WELL: Facts = { ...AGENT_STATUS, stalled: null, notices: [] };
const { buffer: BUFFER, uplink: UPLINK } = AGENT_STATUS;
ok(BUFFER !== null && UPLINK !== null);

const ANY_FACTS: fc.Arbitrary<Facts> = fc.record({
  phase: fc.constantFrom("starting", "running", "stopping"),
  stalled: fc.option(fc.constantFrom("scheduler", "buffer", "pump")),
  notices: fc.array(fc.string()),
  writtenAtMs: fc.nat(),
  devices: fc.array(
    fc.record({
      state: fc.constantFrom(
        "connecting",
        "online",
        "asleep",
        "offline",
        "quarantined",
      ),
      reason: fc.option(fc.string()),
      id: fc.option(fc.string()),
    }).map((some) => ({ ...DEVICE, ...some })),
  ),
  buffer: fc.option(
    fc.record({ error: fc.option(fc.string()), bytes: fc.nat(1_000_000) })
      .map((some) => ({ ...BUFFER, ...some, bytesMax: 1_000_000 })),
  ),
  uplink: fc.option(
    fc.record({
      state: fc.constantFrom("sending", "idle", "waiting", "holding"),
      error: fc.option(fc.string()),
      alarms: fc.array(fc.string()),
    }).map((some) => ({ ...UPLINK, ...some })),
  ),
  clock: fc.record({ synced: fc.option(fc.boolean()) }),
});

Deno.test("a summary says every trouble, the worst first, and how much works after them", () => {
  fc.assert(fc.property(ANY_FACTS, (facts) => {
    const troubles = findTroubles(facts);
    const severities = troubles.map(({ severity }) => severity);
    deepStrictEqual(severities, severities.toSorted()); // failing, then troubled
    strictEqual(healthOf(troubles), severities[0] ?? "well");
    const summary = summarise(facts, troubles);
    let at = 0;
    for (const { text } of troubles) {
      const found = summary.indexOf(text, at);
      ok(found >= at);
      at = found;
    }
  }));
});

Deno.test("an agent that is well has no trouble, and says how much works", () => {
  deepStrictEqual(findTroubles(WELL), []);
  strictEqual(
    summarise(WELL, []),
    "1 of 1 devices answer; 3 rows buffered; 7 delivered",
  );
  strictEqual(unreadiness(WELL), null);
});

Deno.test("a part that hangs comes before a disk that is full, and that before silent devices", () => {
  const offline = { ...DEVICE, state: "offline", reason: "refused" } as const;
  const troubles = findTroubles({
    ...WELL,
    stalled: "pump",
    devices: [DEVICE, offline],
    buffer: { ...BUFFER, error: "disk full: no space" },
    clock: { synced: false },
  });
  deepStrictEqual(troubles.map(({ severity, text }) => [severity, text]), [
    ["failing", "pump hangs"],
    ["failing", "the buffer cannot write: disk full: no space"],
    ["troubled", "1 of 2 devices offline: inv-01 (refused)"],
    ["troubled", "the machine's clock is not synchronised"],
  ]);
});

Deno.test("many silent devices are counted, a few named", () => {
  const devices = Array.from({ length: 40 }, (_, at): DeviceStatus => ({
    ...DEVICE,
    id: `inv-${at}`,
    state: at < 30 ? "offline" : "online",
    reason: "no answer",
  }));
  const [trouble] = findTroubles({ ...WELL, devices });
  match(
    trouble?.text ?? "",
    /^30 of 40 devices offline: inv-0 \(no answer\), inv-1, inv-2 and 27 more$/,
  );
});

Deno.test("a far side that is away is a trouble, and no reason not to be ready", () => {
  const away = {
    ...WELL,
    uplink: { ...UPLINK, state: "waiting", error: "UNREACHABLE" },
  };
  strictEqual(healthOf(findTroubles(away as Facts)), "troubled");
  strictEqual(unreadiness(away as Facts), null);
});

Deno.test("an agent is ready once its buffer writes and every device was asked", () => {
  const connecting = { ...DEVICE, state: "connecting" } as const;
  strictEqual(
    unreadiness({ ...WELL, devices: [DEVICE, connecting] }),
    "1 of 2 devices not asked yet",
  );
  strictEqual(unreadiness({ ...WELL, phase: "starting", buffer: null }), "starting");
  strictEqual(
    unreadiness({ ...WELL, buffer: { ...BUFFER, error: "disk full" } }),
    "the buffer cannot write: disk full",
  );
});

Deno.test("an agent without a device is no agent that is well", () => {
  strictEqual(healthOf(findTroubles({ ...WELL, devices: [] })), "troubled");
  deepStrictEqual(findTroubles({ ...WELL, devices: [], phase: "starting" }), []);
});

Deno.test("rows that are given up are failing for a while, a buffer that is nearly full is before that", () => {
  ok(BUFFER !== null);
  const { writtenAtMs } = WELL;
  const textOf = (some: Partial<typeof BUFFER>): string | undefined =>
    findTroubles({ ...WELL, buffer: { ...BUFFER, ...some } })[0]?.text;
  strictEqual(
    textOf({ bytes: 95, bytesMax: 100 }),
    "the buffer is full to 95 %: soon the oldest rows are given up for new ones",
  );
  strictEqual(
    textOf({ bytes: 10, givenUp: 7, givenUpAtMs: writtenAtMs - 60_000 }),
    "the buffer gives up rows, 7 since the start",
  );
  strictEqual(textOf({ givenUp: 7, givenUpAtMs: writtenAtMs - 3_600_000 }), undefined);
});

Deno.test("an uplink that fails is told of while it tries, too", () => {
  ok(UPLINK !== null);
  const uplink = {
    ...UPLINK,
    state: "sending",
    error: "UNREACHABLE: refused",
  } as const;
  deepStrictEqual(findTroubles({ ...WELL, uplink }).map(({ text }) => text), [
    "the uplink takes nothing: UNREACHABLE: refused",
  ]);
});
