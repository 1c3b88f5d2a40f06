import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseConfig, type ParsedConfig } from "./parse.ts";
import { type ConfigProblem, describeProblem } from "./problem.ts";

const DEVICE = '[[devices]]\nhost = "10.0.0.1"\n';

Deno.test("parseConfig() returns a configuration or problems for any text", () => {
  const word = fc.constantFrom(
    ..."gateway,id,buffer,max_bytes,uplink,kind,brokers,topics,devices,host,unit_ids"
      .split(
        ",",
      ),
    ...'[,],[[,]],{,},=,",\',\n,\n\n, ,.,#,-1,0,1,1e999,nan,true,"a","1GiB",1979-05-27'
      .split(","),
    ",",
    "__proto__",
    "constructor",
    '"""',
    "\\",
    "\0",
    "\u{1f600}",
  );
  const soup = fc.array(word, { maxLength: 40 }).map((words) => words.join(""));
  const lines = fc.array(
    fc.tuple(word, fc.constantFrom(" = ", "."), word, word).map((parts) =>
      parts.join("")
    ),
    { maxLength: 8 },
  ).map((texts) => texts.join("\n"));
  fc.assert(
    fc.property(fc.oneof(soup, lines, fc.string({ unit: "binary" })), (text) => {
      const parsed = parse(text);
      if (parsed.ok) return;
      ok(parsed.fault.length > 0);
      for (const problem of parsed.fault) {
        ok(describeProblem(problem).startsWith("plant.toml"), describeProblem(problem));
      }
    }),
    { numRuns: 1_500 },
  );
});

Deno.test("parseConfig() returns a configuration or problems for any environment", () => {
  const part = fc.constantFrom(
    "GATEWAY",
    "ID",
    "DEVICES",
    "0",
    "HOST",
    "UPLINK",
    "",
    "x",
  );
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.array(part, { maxLength: 4 }).map((parts) =>
          ["SUNSPEC_COLLECTOR", ...parts].join("__")
        ),
        fc.string({ maxLength: 12 }),
      ),
      (env) => {
        const parsed = parse(DEVICE, env);
        if (!parsed.ok) ok(parsed.fault.every((problem) => problem.found !== ""));
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("parseConfig() accepts every device within the limits", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 65_535 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 100, max: 86_400_000 }),
      fc.integer({ min: 4, max: 125 }),
      (port, units, interval, perRead) => {
        const device = devicesOf(
          `${DEVICE}port = ${port}\nunit_ids = [${units}]\ninterval_ms = ${interval}\nregisters_per_read_max = ${perRead}`,
        )[0];
        deepStrictEqual(
          [device?.port, device?.unit_ids, device?.interval_ms],
          [port, units, interval],
        );
        strictEqual(device?.registers_per_read_max, perRead);
      },
    ),
  );
});

Deno.test("parseConfig() requires only the host of a device", () => {
  const { config, warnings } = expectConfig(DEVICE);
  deepStrictEqual(warnings, []);
  strictEqual(config.gateway.id, "gw.example");
  strictEqual(config.buffer.max_bytes, 2 ** 30);
  deepStrictEqual(config.devices[0]?.unit_ids, [1]);
});

Deno.test("parseConfig() accepts a typical configuration", () => {
  const { config, warnings } = expectConfig(`
[gateway]
id = "plant7-gw1"
site = "plant7"
[buffer]
path = "/var/lib/sunspec-collector/queue.db"
flush_interval_ms = 1000
power_loss_window_ms = 1000
max_bytes = "1GiB"
[uplink]
kind = "kafka"
brokers = ["kafka1.example:9093"]
security_protocol = "SSL"
ca_file = "/etc/sunspec-collector/ca.pem"
[uplink.topics]
inverter = "sunspec.inverter"
meter = "sunspec.meter"
events = "sunspec.events"
[discovery]
mode = "static_config"
[[devices]]
id = "inv-01"
host = "192.168.10.21"
port = 502
unit_ids = [1]
interval_ms = 10000
timeout_ms = 3000
`);
  deepStrictEqual(warnings, []);
  deepStrictEqual(config.uplink.brokers, ["kafka1.example:9093"]);
  strictEqual(config.gateway.id, "plant7-gw1");
});

Deno.test("parseConfig() reports all faults in the order of their lines", () => {
  const faults = problemsOf(`[gateway]
id = "a/b"
[buffer]
flush_interval_ms = 1000.0
max_bytes = "1G"
max_age = 30
[uplink]
kind = "kafak"
[[devices]]
host = "10.0.0.1"
intervall_ms = 3
[[devices]]
port = -1
base = nan
`);
  deepStrictEqual(faults.map(({ line, path }) => `${line} ${path}`), [
    "2 gateway.id",
    "4 buffer.flush_interval_ms",
    "5 buffer.max_bytes",
    "6 buffer.max_age",
    "8 uplink.kind",
    "11 devices[0].intervall_ms",
    "12 devices[1].host",
    "13 devices[1].port",
    "14 devices[1].base",
  ]);
  deepStrictEqual(faults.map(({ hint }) => hint), [
    null,
    "Write it without a fraction: 1000.",
    null,
    "Add a unit.",
    'Did you mean "kafka"?',
    'Did you mean "interval_ms"?',
    null,
    null,
    null,
  ]);
});

const REJECTED: readonly (readonly [why: string, text: string, path: string])[] = [
  ["a host with a scheme", '[[devices]]\nhost = "http://10.0.0.1"', "devices[0].host"],
  ["an empty host", '[[devices]]\nhost = ""', "devices[0].host"],
  ["an invalid address", '[[devices]]\nhost = "10.0.0.256"', "devices[0].host"],
  ["a host that is a number", "[[devices]]\nhost = 10", "devices[0].host"],
  ["port 0", `${DEVICE}port = 0`, "devices[0].port"],
  ["a port in quotes", `${DEVICE}port = "502"`, "devices[0].port"],
  ["a huge number", `${DEVICE}port = 9223372036854775807`, "devices[0].port"],
  ["infinity", `${DEVICE}interval_ms = inf`, "devices[0].interval_ms"],
  ["a unit id twice", `${DEVICE}unit_ids = [1, 2, 1]`, "devices[0].unit_ids"],
  ["no unit id", `${DEVICE}unit_ids = []`, "devices[0].unit_ids"],
  ["a unit id beyond 255", `${DEVICE}unit_ids = [1, 256]`, "devices[0].unit_ids[1]"],
  ["one unit id without a list", `${DEVICE}unit_ids = 1`, "devices[0].unit_ids"],
  ["a table in the place of a list", '[devices]\nhost = "a"', "devices"],
  ["a list in the place of a table", `${DEVICE}[[gateway]]\nid = "a"`, "gateway"],
  ["a date in the place of a table", `gateway = 2026-01-01\n${DEVICE}`, "gateway"],
  ["devices that are not tables", "devices = [1]", "devices[0]"],
  [
    "a scan without ranges",
    '[discovery]\nmode = "subnet_scan"',
    "discovery.ranges",
  ],
  [
    "a scan of too many addresses",
    '[discovery]\nmode = "subnet_scan"\nranges = ["10.0.0.0/20", "10.1.0.0/20"]',
    "discovery.ranges",
  ],
  [
    "an invalid range",
    '[discovery]\nmode = "subnet_scan"\nranges = ["10.0.0.0/33"]',
    "discovery.ranges[0]",
  ],
  [
    "a topic with a space",
    `${DEVICE}[uplink.topics]\nmeter = "a b"`,
    "uplink.topics.meter",
  ],
  [
    "Kafka without an id",
    `${DEVICE}[uplink]\nkind = "kafka"\nbrokers = ["a:1"]`,
    "gateway.id",
  ],
  [
    "Kafka without brokers",
    `${DEVICE}[gateway]\nid = "a"\n[uplink]\nkind = "kafka"`,
    "uplink.brokers",
  ],
  ["a CA without TLS", `${DEVICE}[uplink]\nca_file = "ca.pem"`, "uplink.ca_file"],
  [
    "a certificate without its key",
    `${DEVICE}[uplink]\nsecurity_protocol = "SSL"\ncert_file = "c.pem"`,
    "uplink.key_file",
  ],
  [
    "a user without SASL",
    `${DEVICE}[uplink]\nsasl_username = "u"`,
    "uplink.sasl_username",
  ],
  ["__proto__", `${DEVICE}[__proto__]\na = 1`, "__proto__"],
  ["constructor", `constructor = 1\n${DEVICE}`, "constructor"],
  [
    "the id of a sub-device of another device",
    `${DEVICE}id = "plant.2"\n[[devices]]\nhost = "b"\nid = "plant"`,
    "devices[0].id",
  ],
  [
    "the id of a second inverter of a device's own part",
    `${DEVICE}id = "plant"\n[[devices]]\nhost = "b"\nid = "plant.1.2"`,
    "devices[1].id",
  ],
  [
    "an id of two units",
    `${DEVICE}id = "a-2"\n[[devices]]\nhost = "b"\nid = "a"\nunit_ids = [1, 2]`,
    "devices[1].id",
  ],
  [
    "one unit in two tables with different spellings of the host",
    '[[devices]]\nhost = "Inv.Lan"\n[[devices]]\nhost = "inv.lan."',
    "devices[1].unit_ids",
  ],
  [
    "files that rotate above max_bytes",
    `${DEVICE}[uplink.files]\nmax_bytes = "1MiB"\nrotate_bytes = "2MiB"`,
    "uplink.files.rotate_bytes",
  ],
];

for (const [why, text, path] of REJECTED) {
  Deno.test(`parseConfig() rejects ${why}`, () => {
    deepStrictEqual(problemsOf(text).map((problem) => problem.path), [path]);
  });
}

Deno.test("parseConfig() requires all settings of SASL", () => {
  const faults = problemsOf(`${DEVICE}[uplink]\nsecurity_protocol = "SASL_SSL"`);
  deepStrictEqual(faults.map(({ path }) => path), [
    "uplink.sasl_mechanism",
    "uplink.sasl_username",
    "uplink.sasl_password_file",
  ]);
});

Deno.test("parseConfig() never shows a secret", () => {
  const faults = problemsOf(
    `${DEVICE}[uplink]\nsasl_password = "hunter2"\nsasl_pasword = "hunter2"\nbrokers = ["u:hunter2@a:1", "b"]`,
    { SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD: "hunter2" },
  );
  strictEqual(faults.length, 4);
  ok(!JSON.stringify(faults).includes("hunter2"), JSON.stringify(faults));
  ok(faults.some(({ line, hint }) => line === 4 && hint?.includes("_PASSWORD")));
  const broken = problemsOf('[uplink]\nsasl_password = "hunter2" oops');
  ok(!JSON.stringify(broken).includes("hunter2"));
  strictEqual(broken[0]?.line, 2);
});

Deno.test("parseConfig() applies environment variables to single values", () => {
  const { config } = expectConfig(`${DEVICE}port = 1\n[uplink]\nbrokers = ["a:1"]`, {
    SUNSPEC_COLLECTOR__GATEWAY__ID: "from-env",
    SUNSPEC_COLLECTOR__DEVICES__0__PORT: "1502",
    SUNSPEC_COLLECTOR__DEVICES__0__UNIT_IDS: "1, 2",
    SUNSPEC_COLLECTOR__UPLINK__BROKERS: "b:1,c:2",
    SUNSPEC_COLLECTOR__UPLINK__KIND: "kafka",
    SUNSPEC_COLLECTOR__BUFFER__MAX_BYTES: "524288",
    SUNSPEC_COLLECTOR__UPLINK__TOPICS__METER: "m",
    SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD: "hunter2",
    SUNSPEC_COLLECTOR_UNRELATED: "x",
  });
  strictEqual(config.gateway.id, "from-env");
  deepStrictEqual(config.devices[0]?.unit_ids, [1, 2]);
  strictEqual(config.devices[0].port, 1502);
  deepStrictEqual(config.uplink.brokers, ["b:1", "c:2"]);
  strictEqual(config.buffer.max_bytes, 524_288);
  strictEqual(config.uplink.topics.meter, "m");
  strictEqual(config.uplink.sasl_password?.reveal(), "hunter2");
});

Deno.test("parseConfig() reports the name of a faulty environment variable instead of a line", () => {
  const faults = problemsOf(`${DEVICE}port = 1`, {
    SUNSPEC_COLLECTOR__DEVICES__0__PORT: "99999",
    SUNSPEC_COLLECTOR__DEVICES__1__PORT: "1",
    SUNSPEC_COLLECTOR__LOG__LEVEL: "warn",
    SUNSPEC_COLLECTOR__GATEWAY__IDD: "a",
    SUNSPEC_COLLECTOR__BUFFER: "a",
    SUNSPEC_COLLECTOR__GATEWAY__ID__X: "a",
  });
  ok(faults.every(({ line, variable }) => line === null && variable !== null));
  deepStrictEqual(faults.map(({ found, hint }) => [found, hint]), [
    ["99999", null],
    ['"warn"', 'Did you mean "warning"?'],
    ["a variable for a whole table", null],
    ['entry "1"', null],
    ["unknown key", "Did you mean SUNSPEC_COLLECTOR__GATEWAY__ID?"],
    ["a variable for a part of a value", null],
  ]);
});

Deno.test("parseConfig() warns of settings that are valid but probably wrong", () => {
  const { warnings } = expectConfig(
    `[uplink]\nbrokers = ["a:1"]\n${DEVICE}timeout_ms = 20000\n[[devices]]\nhost = "10.0.0.1"\nunit_ids = [2]\ngap_ms = 5`,
  );
  deepStrictEqual(warnings.map(({ line, path }) => [line, path]), [
    [2, "uplink.brokers"],
    [5, "devices[0].timeout_ms"],
    [9, "devices[1].gap_ms"],
  ]);
});

function parse(
  text: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof parseConfig> {
  return parseConfig({ text, file: "plant.toml", env, hostName: "gw.example" });
}

function expectConfig(text: string, env?: Record<string, string>): ParsedConfig {
  const parsed = parse(text, env);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.fault.map(describeProblem).join("\n"));
}

function devicesOf(text: string): ParsedConfig["config"]["devices"] {
  return expectConfig(text).config.devices;
}

function problemsOf(
  text: string,
  env?: Record<string, string>,
): readonly ConfigProblem[] {
  const parsed = parse(text, env);
  ok(!parsed.ok, "accepted");
  return parsed.ok ? [] : parsed.fault;
}

Deno.test("parseConfig() warns of a listen address that other machines can reach", () => {
  for (const listen of ["127.0.0.1:1", "[::1]:1", "localhost:1", ""]) {
    const text = `${DEVICE}[observe]\nlisten = "${listen}"\n`;
    deepStrictEqual(expectConfig(text).warnings, [], listen);
  }
  for (const listen of ["0.0.0.0:1", "10.0.0.1:1", "127.example:1", "[::]:1"]) {
    const text = `${DEVICE}[observe]\nlisten = "${listen}"\n`;
    deepStrictEqual(
      expectConfig(text).warnings.map(({ path }) => path),
      ["observe.listen"],
      listen,
    );
  }
  strictEqual(
    expectConfig(`${DEVICE}[observe]\nlisten = false\n`).config.observe.listen,
    "",
  );
});

Deno.test("describeProblem() states the most frequent faults and their fix", () => {
  const cases = [
    [
      "[gateway]\nid = plant7",
      'plant.toml:2: invalid TOML: invalid value. Strings need quotes, for example id = "plant7".',
    ],
    [
      "[[device]]\n",
      'plant.toml:1: device: unknown key. Did you mean "devices"?',
    ],
    [
      `${DEVICE}colour = 1\n`,
      /^plant\.toml:3: devices\[0\]\.colour: unknown key\. Known keys: id, host, /,
    ],
    [
      `${DEVICE}[uplink]\nsasl_password = "x"`,
      "plant.toml:4: uplink.sasl_password: secrets are not allowed in this file. " +
      "Use sasl_password_file or the environment variable SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD.",
    ],
    [
      `${DEVICE}port = "502"`,
      'plant.toml:3: devices[0].port: found "502", expected an integer from 1 to 65535. ' +
      "Write the number without quotes.",
    ],
  ] as const;
  for (const [text, expected] of cases) {
    const [line = ""] = problemsOf(text).map(describeProblem);
    if (typeof expected === "string") strictEqual(line, expected);
    else match(line, expected);
  }
});

Deno.test("parseConfig() accepts sizes and durations at their limits only", () => {
  for (const size of ["524288", '"512KiB"', '"1TiB"']) {
    expectConfig(`${DEVICE}[buffer]\nmax_bytes = ${size}\n`);
  }
  for (const size of ["524287", '"511KiB"', '"1025GiB"', "524288.0", "true", "[]"]) {
    const text = `${DEVICE}[buffer]\nmax_bytes = ${size}\n`;
    deepStrictEqual(problemsOf(text).map(({ path }) => path), ["buffer.max_bytes"]);
  }
  expectConfig(`${DEVICE}[buffer]\nmax_age = "1min"\n`);
  for (const age of ['"59s"', "60000", '""', "false"]) {
    const text = `${DEVICE}[buffer]\nmax_age = ${age}\n`;
    deepStrictEqual(problemsOf(text).map(({ path }) => path), ["buffer.max_age"]);
  }
});
