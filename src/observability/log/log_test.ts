import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "../../base/secret.ts";
import { EVENTS } from "./events.ts";
import { createRateLimiter } from "./rate_limit.ts";
import { formatJson, formatPretty } from "./format.ts";
import { createLog, type LogOptions, type OpenLog } from "./log.ts";
import { createRedaction } from "./redact.ts";

const NEW_YEAR_MS = Date.UTC(2026, 0, 1);

Deno.test("createLog() writes an event as one JSON object on one line", () => {
  const { lines } = record({ format: "json" }, (log) => {
    log.event("device.offline", { device: "inv-01", cause: "refused\n", unit: 1 });
  });
  deepStrictEqual(lines.map((line) => JSON.parse(line)), [{
    time: "2026-01-01T00:00:00.000Z",
    level: "warning",
    event: "device.offline",
    message: "inv-01: offline (refused\n)",
    device: "inv-01",
    cause: "refused\n",
    unit: 1,
  }]);
});

Deno.test("createLog() writes an event as one line for a terminal", () => {
  const { lines } = record({ format: "pretty" }, (log) => {
    log.event("device.online", { device: "inv\x1b[2J\n", unit: 1, note: "a b" });
  });
  strictEqual(lines.length, 1);
  match(
    lines[0] ?? "",
    /^00:00:00 .*info.* device\.online {2}inv\\u\{1b\}\[2J\\u\{a\}: online/,
  );
  match(lines[0] ?? "", / unit=1 note="a b"$/);
});

Deno.test("createLog() writes nothing below its level", () => {
  const { lines } = record({ level: "warning" }, (log) => {
    log.event("device.online", { device: "a" });
    log.event("uplink.client", { level: "info", message: "hello" });
    log.event("uplink.client", { level: "error", message: "hello" });
    log.event("device.offline", { device: "a", cause: "b" });
  });
  deepStrictEqual(lines.map((line) => JSON.parse(line).level), ["error", "warning"]);
});

Deno.test("createLog() limits repeated events of a device to one a minute and counts them", () => {
  const { lines } = record({}, (log, advance) => {
    for (let second = 0; second < 59; second++) {
      log.event("device.failed", { device: "a", cause: `time-out ${second}` });
      log.event("device.failed", { device: second < 1 ? "b" : "a", cause: "x" });
      advance(1_000);
    }
    advance(2_000);
    log.event("agent.ready", { devices: 1, uplink: "files" });
    log.event("agent.ready", { devices: 1, uplink: "files" });
  });
  deepStrictEqual(
    lines.map((line) => JSON.parse(line)).map(({ event, device, cause, repeats }) => [
      event,
      device,
      cause,
      repeats,
    ]),
    [
      ["device.failed", "a", "time-out 0", undefined],
      ["device.failed", "b", "x", undefined],
      ["device.failed", "a", "x", 115],
      ["agent.ready", undefined, undefined, undefined],
      ["agent.ready", undefined, undefined, undefined],
    ],
  );
});

Deno.test("createLog() writes a few state changes at once, and always the last one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(90_000)), { minLength: 1 }),
      (changes) => {
        const { lines } = record({}, (log, advance) => {
          for (const [online, durationMs] of changes) {
            if (online) log.event("device.online", { device: "a" });
            else log.event("device.offline", { device: "a", cause: "x" });
            advance(durationMs);
          }
        });
        const events = lines.map((line) => JSON.parse(line).event);
        const expected = changes.map(([online]) =>
          online ? "device.online" : "device.offline"
        );
        deepStrictEqual(
          events.slice(0, 6),
          expected.slice(0, 6).slice(0, events.length),
        );
        strictEqual(events.at(-1), expected.at(-1));
      },
    ),
  );
});

Deno.test("createLog() prefixes lines for the journal with their priority and reports every event", () => {
  const events: string[] = [];
  const { lines } = record(
    { journal: true, onEvent: (name) => void events.push(name) },
    (log) => {
      log.event("device.offline", { device: "a", cause: "b" });
      log.event("agent.failed", { error: "c" });
      log.event("device.discovered", { device: "a", base: 0 });
    },
  );
  deepStrictEqual(lines.map((line) => line.slice(0, 4)), ["<4>{", "<3>{"]);
  deepStrictEqual(events, ["device.offline", "agent.failed", "device.discovered"]);
});

Deno.test("createLog() writes null as unknown in the message and as null in the fields", () => {
  const { lines } = record({}, (log) => log.event("clock.synced", { synced: null }));
  const { message, synced } = JSON.parse(lines[0] ?? "");
  deepStrictEqual({ message, synced }, {
    message: "clock: synchronisation state changed; synchronised: unknown",
    synced: null,
  });
});

Deno.test("createLog() writes plain text with event and device for the journal", () => {
  const { lines } = record({ journal: true, format: "pretty" }, (log) => {
    log.event("device.offline", { device: "inv-01", cause: "refused", unlogged: 3 });
  });
  deepStrictEqual(lines, ["<4>device.offline  inv-01: offline (refused) unlogged=3"]);
});

Deno.test("createLog() never writes a secret", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----";
  const secrets = [new Secret("hunter2"), new Secret(key)];
  const { lines } = record({ secrets }, (log) => {
    log.event("uplink.down", {
      uplink: "kafka u:other@a:1",
      url: "https://otlp.example/v1/metrics?api-key=inquery&x=1",
      detail: "hunter2 was refused",
      key: "…MIIEvQIBADANBg…",
      sasl_password: "short",
      list: [["hunter2"]],
    });
  });
  const text = lines.join("");
  strictEqual(text.match(/\*\*\*/g)?.length, 8);
  for (const secret of ["hunter2", "other", "MIIE", "short", "inquery"]) {
    ok(!text.includes(secret));
  }
});

Deno.test("createRateLimiter() admits the first entry of each key and counts every other one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ max: 90_000 }))),
      (steps) => {
        const limiter = createRateLimiter<string>();
        const counts: number[] = [];
        let nowMs = 0;
        for (const [key, step] of steps) {
          nowMs += step;
          for (const { suppressed } of limiter.admit(key, key, nowMs)) {
            counts.push(1 + suppressed);
          }
        }
        for (const { suppressed } of limiter.drain()) counts.push(1 + suppressed);
        strictEqual(counts.reduce((sum, count) => sum + count, 0), steps.length);
      },
    ),
  );
});

Deno.test("formatJson() and formatPretty() write one line for any fields", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: "binary" }), fc.double())),
      fc.string({ unit: "binary" }),
      fc.double(),
      (fields, message, atMs) => {
        const inMessage = new Set<string>();
        const kind = { level: "info", event: "agent.ready" } as const;
        const json = formatJson({ ...kind, atMs, message, fields, inMessage });
        const pretty = formatPretty({
          ...kind,
          atMs,
          message,
          fields,
          inMessage,
        });
        strictEqual(JSON.parse(json).message, message);
        strictEqual(json.indexOf("\n"), json.length - 1);
        strictEqual(pretty.indexOf("\n"), pretty.length - 1);
      },
    ),
  );
});

Deno.test("createRedaction() does not change texts without secrets", () => {
  const redact = createRedaction(["abc", "hunter2"]);
  const fields = { device: "abc", url: "kafka1:9093", time: "12:00:01", mail: "a@b" };
  deepStrictEqual(redact(fields), fields);
});

Deno.test("EVENTS has an area and a text for every event", () => {
  for (const [name, { message }] of Object.entries(EVENTS)) {
    match(name, /^[a-z]+\.[a-z_]+$/);
    ok(message !== "", name);
  }
});

/** Returns the lines that `use` writes to a log with its own clock. */
function record(
  options: Partial<LogOptions>,
  use: (log: OpenLog, advance: (durationMs: number) => void) => void,
): { readonly lines: string[] } {
  const lines: string[] = [];
  let nowMs = NEW_YEAR_MS;
  const log = createLog({
    level: "info",
    format: "json",
    write: (text) => {
      ok(text.endsWith("\n"));
      lines.push(text.slice(0, -1));
    },
    nowMs: () => nowMs,
    ...options,
  });
  use(log, (durationMs) => void (nowMs += durationMs));
  log.close();
  return { lines };
}
