import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  AGENT_STATUS,
  DEVICE_STATUS as DEVICE,
} from "../testing/agent/agent_status.ts";
import type { DeviceStatus } from "./status.ts";
import {
  findProblems,
  type HealthFacts,
  notReadyReason,
  overallHealth,
  summariseHealth,
} from "./health.ts";

const HEALTHY: HealthFacts = { ...AGENT_STATUS, stalled: null, notices: [] };
const { buffer: BUFFER, uplink: UPLINK } = AGENT_STATUS;
ok(BUFFER !== null && UPLINK !== null);

const ANY_FACTS: fc.Arbitrary<HealthFacts> = fc.record({
  phase: fc.constantFrom("starting", "running", "stopping"),
  stalled: fc.option(fc.constantFrom("scheduler", "buffer", "pump")),
  notices: fc.array(fc.string()),
  sinceAtMs: fc.nat(),
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

Deno.test("summariseHealth() lists every problem, the most severe first, then numbers", () => {
  fc.assert(fc.property(ANY_FACTS, (facts) => {
    const problems = findProblems(facts);
    const severities = problems.map(({ severity }) => severity);
    deepStrictEqual(severities, severities.toSorted().reverse()); // failing, then degraded
    strictEqual(overallHealth(problems), severities[0] ?? "healthy");
    const summary = summariseHealth(facts, problems);
    let at = 0;
    for (const { text } of problems) {
      const found = summary.indexOf(text, at);
      ok(found >= at);
      at = found;
    }
  }));
});

Deno.test("findProblems() finds none in a healthy agent", () => {
  deepStrictEqual(findProblems(HEALTHY), []);
  strictEqual(
    summariseHealth(HEALTHY, []),
    "1 of 1 devices answer; 3 rows buffered; 7 delivered",
  );
  strictEqual(notReadyReason(HEALTHY), null);
});

Deno.test("findProblems() lists a stalled part, then a full disk, then offline devices", () => {
  const offline = { ...DEVICE, state: "offline", reason: "refused" } as const;
  const problems = findProblems({
    ...HEALTHY,
    stalled: "pump",
    devices: [DEVICE, offline],
    buffer: { ...BUFFER, error: "disk full: no space" },
    clock: { synced: false },
  });
  deepStrictEqual(problems.map(({ severity, text }) => [severity, text]), [
    ["failing", "pump does not respond"],
    ["failing", "buffer cannot write: disk full: no space"],
    [
      "degraded",
      "1 of 2 devices offline: inv-01 at INV-1.plant.lan:502 unit 1 (refused)",
    ],
    ["degraded", "clock of this machine not synchronised"],
  ]);
});

Deno.test("findProblems() names three offline devices by address and reason and counts the others", () => {
  const devices = Array.from({ length: 40 }, (_, at): DeviceStatus => ({
    ...DEVICE,
    id: at === 0 ? null : `inv-${at}`,
    host: "fd00::7",
    state: at < 30 ? "offline" : "online",
    reason: "no answer. Is it switched on?",
  }));
  const [problem] = findProblems({ ...HEALTHY, devices });
  strictEqual(
    problem?.text,
    "30 of 40 devices offline: [fd00::7]:502 unit 1 (no answer), " +
      "inv-1 at [fd00::7]:502 unit 1 (no answer), " +
      "inv-2 at [fd00::7]:502 unit 1 (no answer) and 27 more",
  );
});

Deno.test("an unreachable uplink degrades the agent, which stays ready", () => {
  const unreachable = {
    ...HEALTHY,
    uplink: { ...UPLINK, state: "waiting", error: "UNREACHABLE" },
  };
  strictEqual(overallHealth(findProblems(unreachable as HealthFacts)), "degraded");
  strictEqual(notReadyReason(unreachable as HealthFacts), null);
});

Deno.test("notReadyReason() is null once the buffer writes and every device was contacted", () => {
  const connecting = { ...DEVICE, state: "connecting" } as const;
  strictEqual(
    notReadyReason({ ...HEALTHY, devices: [DEVICE, connecting] }),
    "1 of 2 devices not contacted yet",
  );
  strictEqual(
    notReadyReason({ ...HEALTHY, phase: "starting", buffer: null }),
    "starting",
  );
  strictEqual(
    notReadyReason({ ...HEALTHY, buffer: { ...BUFFER, error: "disk full" } }),
    "buffer cannot write: disk full",
  );
});

Deno.test("a running agent without a device is degraded", () => {
  strictEqual(overallHealth(findProblems({ ...HEALTHY, devices: [] })), "degraded");
  deepStrictEqual(findProblems({ ...HEALTHY, devices: [], phase: "starting" }), []);
});

Deno.test("a nearly full buffer and recent evictions are failing", () => {
  ok(BUFFER !== null);
  const { writtenAtMs } = HEALTHY;
  const textOf = (some: Partial<typeof BUFFER>): string | undefined =>
    findProblems({ ...HEALTHY, buffer: { ...BUFFER, ...some } })[0]?.text;
  strictEqual(
    textOf({ bytes: 95, bytesMax: 100 }),
    "buffer 95 % full: when it is full, the oldest records are evicted",
  );
  strictEqual(
    textOf({ bytes: 10, givenUp: 7, givenUpAtMs: writtenAtMs - 60_000 }),
    "buffer evicts records: 7 since the start",
  );
  strictEqual(textOf({ givenUp: 7, givenUpAtMs: writtenAtMs - 3_600_000 }), undefined);
});

Deno.test("a failing uplink is reported during an attempt, too", () => {
  ok(UPLINK !== null);
  const uplink = {
    ...UPLINK,
    state: "sending",
    error: "k:9092 refused the connection",
  } as const;
  deepStrictEqual(findProblems({ ...HEALTHY, uplink }).map(({ text }) => text), [
    "kafka unavailable: k:9092 refused the connection. Buffering: 3 records, buffer 0 % full",
  ]);
});

Deno.test("findProblems() estimates how long the buffer lasts without the uplink", () => {
  ok(UPLINK !== null && BUFFER !== null);
  const facts: HealthFacts = {
    ...HEALTHY,
    sinceAtMs: HEALTHY.writtenAtMs - 1_000_000,
    uplink: { ...UPLINK, error: "DISK_FAILURE: read-only" },
    buffer: { ...BUFFER, rows: 1_000, stored: 1_000, bytes: 1e6, bytesMax: 1e9 },
  };
  strictEqual(
    findProblems(facts)[0]?.text,
    "kafka unavailable: DISK_FAILURE: read-only. " +
      "Buffering: 1000 records, room for about 11 days",
  );
});
