import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "../../base/secret.ts";
import { EVENTS } from "./events.ts";
import { createFold } from "./rate_limit.ts";
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
    message: "inv-01 is offline: refused\n",
    device: "inv-01",
    cause: "refused\n",
    unit: 1,
  }]);
});

Deno.test("createLog() writes an event as one line for people", () => {
  const { lines } = record({ format: "pretty" }, (log) => {
    log.event("device.online", { device: "inv\x1b[2J\n", unit: 1, note: "a b" });
  });
  strictEqual(lines.length, 1);
  match(
    lines[0] ?? "",
    /^00:00:00 .*info.* device\.online {2}inv\\u\{1b\}\[2J\\u\{a\} is/,
  );
  match(lines[0] ?? "", /\(unit=1 note="a b"\)$/);
});

Deno.test("createLog() keeps still below its level", () => {
  const { lines } = record({ level: "warning" }, (log) => {
    log.event("device.online", { device: "a" });
    log.event("uplink.client", { level: "info", message: "hello" });
    log.event("uplink.client", { level: "error", message: "hello" });
    log.event("device.offline", { device: "a", cause: "b" });
  });
  deepStrictEqual(lines.map((line) => JSON.parse(line).level), ["error", "warning"]);
});

Deno.test("createLog() folds what a device says again within a minute, and says how often", () => {
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

Deno.test("createLog() tells a few changes of a state at once, and always the last one", () => {
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
        const said = changes.map(([online]) =>
          online ? "device.online" : "device.offline"
        );
        deepStrictEqual(events.slice(0, 6), said.slice(0, 6).slice(0, events.length));
        strictEqual(events.at(-1), said.at(-1));
      },
    ),
  );
});

Deno.test("createLog() begins lines with their priority where the journal reads them, and tells of every event", () => {
  const events: string[] = [];
  const { lines } = record(
    { priorities: true, onEvent: (name) => void events.push(name) },
    (log) => {
      log.event("device.offline", { device: "a", cause: "b" });
      log.event("agent.failed", { error: "c" });
      log.event("device.discovered", { device: "a", base: 0 });
    },
  );
  deepStrictEqual(lines.map((line) => line.slice(0, 4)), ["<4>{", "<3>{"]);
  deepStrictEqual(events, ["device.offline", "agent.failed", "device.discovered"]);
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

Deno.test("createFold() writes the first of each kind and counts every other one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ max: 90_000 }))),
      (steps) => {
        const fold = createFold<string>();
        const told: number[] = [];
        let nowMs = 0;
        for (const [key, step] of steps) {
          nowMs += step;
          for (const { repeats } of fold.offer(key, key, nowMs)) told.push(1 + repeats);
        }
        for (const { repeats } of fold.drain()) told.push(1 + repeats);
        strictEqual(told.reduce((sum, count) => sum + count, 0), steps.length);
      },
    ),
  );
});

Deno.test("formatJson() and formatPretty() write one line, whatever the fields hold", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: "binary" }), fc.double())),
      fc.string({ unit: "binary" }),
      fc.double(),
      (fields, message, atMs) => {
        const told = new Set<string>();
        const kind = { level: "info", event: "agent.ready" } as const;
        const json = formatJson({ ...kind, atMs, message, fields, told });
        const pretty = formatPretty({ ...kind, atMs, message, fields, told });
        strictEqual(JSON.parse(json).message, message);
        strictEqual(json.indexOf("\n"), json.length - 1);
        strictEqual(pretty.indexOf("\n"), pretty.length - 1);
      },
    ),
  );
});

Deno.test("createRedaction() leaves texts without secrets as they are", () => {
  const redact = createRedaction(["abc", "hunter2"]);
  const fields = { device: "abc", url: "kafka1:9093", time: "12:00:01", mail: "a@b" };
  deepStrictEqual(redact(fields), fields);
});

Deno.test("EVENTS names every event by its area and what happened", () => {
  for (const [name, { message }] of Object.entries(EVENTS)) {
    match(name, /^[a-z]+\.[a-z_]+$/);
    ok(message !== "", name);
  }
});

/** Opens a log with a clock of its own, uses it, closes it; the lines that it wrote. */
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
