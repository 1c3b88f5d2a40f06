import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { assertSchemas } from "../../src/testing/json_schema.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const COMMANDS = [
  "demo",
  "run",
  "check",
  "read",
  "dump",
  "doctor",
  "scan",
  "schema",
  "version",
];

const GOOD = `[gateway]
id = "plant7-gw1"
[buffer]
path = "queue.db"
[uplink]
kind = "kafka"
brokers = ["kafka1.example:9093"]
security_protocol = "SASL_PLAINTEXT"
sasl_mechanism = "SCRAM-SHA-256"
sasl_username = "gw"
[[devices]]
host = "192.168.10.21"
unit_ids = [1, 2]
`;
const PASSWORD = { SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD: "hunter2" };

Deno.test("check: a valid configuration is summarised", async () => {
  await using folder = await makeFolder({ "c.toml": GOOD });
  const { code, stdout, stderr } = await call(
    ["check", "--config", folder.file],
    PASSWORD,
  );
  deepStrictEqual([code, stderr], [0, ""]);
  strictEqual(
    stdout,
    `${folder.file}: valid: gateway plant7-gw1, 2 units at 1 address, to Kafka at kafka1.example:9093\n`,
  );
});

Deno.test("check: all errors are listed with file and line, exit code 78", async () => {
  const bad = GOOD.replace("kafka1.example:9093", "kafka1").replace(
    "unit_ids",
    "unit_id",
  );
  await using folder = await makeFolder({ "c.toml": bad });
  const { code, stdout, stderr } = await call(["check", "--config", folder.file], {
    SUNSPEC_COLLECTOR__LOG__LEVEL: "loud",
  });
  deepStrictEqual([code, stdout], [78, ""]);
  deepStrictEqual(stderr.trim().split("\n"), [
    `${folder.file}:5: uplink.sasl_password_file: found nothing, expected a file with the password, or the environment variable SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD`,
    `${folder.file}:7: uplink.brokers[0]: found "kafka1", expected "HOST:PORT"`,
    `${folder.file}:13: devices[0].unit_id: unknown key. Did you mean "unit_ids"?`,
    `environment variable SUNSPEC_COLLECTOR__LOG__LEVEL: log.level: found "loud", expected one of "debug", "info", "warning", "error"`,
    `${folder.file}: 4 errors`,
  ]);
});

Deno.test("check: errors in a definition are listed with file and line", async () => {
  const named = `${GOOD}[discovery]\nmodels_dir = "."\n`;
  const own = `<sunSpecModels v="1">\n<model id="64999" len="1">\n<block len="1">
<point id="W" offset="0" type="int17"/></block></model></sunSpecModels>`;
  await using folder = await makeFolder({ "c.toml": named, "own.xml": own });
  const { code, stderr } = await call(["check", "--config", folder.file], PASSWORD);
  strictEqual(code, 78);
  const path = folder.file.replace("c.toml", "own.xml");
  deepStrictEqual(stderr.trim().split("\n"), [
    `${path}:4: point W, type: found "int17", expected a point type of SunSpec`,
    `${folder.file}: 1 error`,
  ]);
});

Deno.test("check --json: prints one object without secrets", async () => {
  const withSecret = `${GOOD}\n[uplink.files]\nsasl_password = "hunter2"\n`;
  await using folder = await makeFolder({ "c.toml": withSecret });
  const args = ["check", "--json", "--config", folder.file];
  const { code, stdout, stderr } = await call(args, PASSWORD);
  deepStrictEqual([code, stderr], [78, ""]);
  const { ok: valid, file, problems } = JSON.parse(stdout);
  deepStrictEqual([valid, file, problems.length], [false, folder.file, 1]);
  deepStrictEqual([problems[0].line, problems[0].path], [
    16,
    "uplink.files.sasl_password",
  ]);
  ok(!stdout.includes("hunter2"));
  await Deno.writeTextFile(folder.file, GOOD);
  const good = await call(args, PASSWORD);
  strictEqual(good.code, 0);
  await assertSchemas([stdout, good.stdout].map((text) => ({ schema: "check", text })));
});

Deno.test("run: an invalid configuration has the exit code of check and starts nothing", async () => {
  await using folder = await makeFolder({ "c.toml": "[[devices]]\nport = 0\n" });
  const { code, stderr } = await call(["run", "--config", folder.file]);
  strictEqual(code, 78);
  match(stderr, /:1: devices\[0\]\.host: found nothing/);
  match(stderr, /:2: devices\[0\]\.port: found 0/);
  deepStrictEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), [
    "c.toml",
  ]);
});

Deno.test("run and check report the line at which a file is not valid TOML", async () => {
  await using folder = await makeFolder({ "c.toml": "[gateway]\nid = 'a\n" });
  for (const command of ["run", "check"]) {
    const { code, stderr } = await call([command, "--config", folder.file]);
    strictEqual(code, 78);
    match(stderr, /c\.toml:2: invalid TOML: /);
  }
});

Deno.test("help: every command shows its usage with examples", async () => {
  const main = await call(["--help"]);
  strictEqual(main.code, 0);
  for (const command of COMMANDS) {
    match(main.stdout, new RegExp(`^ {2}${command} `, "m"));
    const { code, stdout, stderr } = await call([command, "--help"]);
    deepStrictEqual([code, stderr], [0, ""], command);
    match(stdout, new RegExp(`Examples:\n {2}sunspec-collector ${command}`), command);
  }
});

const USAGE_ERRORS: readonly (readonly [args: string[], message: RegExp])[] = [
  [[], /Usage: sunspec-collector/],
  [["chekc"], /Did you mean check\?/],
  [["run"], /'--config <FILE>' is missing/],
  [["run", "--confg", "x"], /Did you mean --config\?/],
  [["read"], /missing required argument 'HOST/],
  [["read", "http://a"], /must be HOST or HOST:PORT/],
  [["read", "a:0"], /must be HOST or HOST:PORT/],
  [["read", "a", "b"], /too many arguments/],
  [["read", "a", "--unit", "-1"], /an integer from 0 to 255/],
  [["read", "a", "--unit", "1e2"], /an integer from 0 to 255/],
  [["read", "a", "--timeout", "3"], /must be a duration such as "90s"/],
  [["demo", "--duration", "0s"], /must be a duration such as "90s"/],
  [["demo", "--brokers", "a"], /must be HOST:PORT/],
  [["schema", "Inverter"], /Did you mean NormalizedInverterData\?/],
];

Deno.test("usage errors: exit code 2, a message on stderr, nothing on stdout", async () => {
  for (const [args, message] of USAGE_ERRORS) {
    const { code, stdout, stderr } = await call(args);
    deepStrictEqual([code, stdout], [2, ""], args.join(" "));
    match(stderr, message);
  }
});

Deno.test("version: prints the version of deno.json", async () => {
  const manifest = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  const text = await call(["version"]);
  match(text.stdout, new RegExp(`^sunspec-collector ${manifest.version} \\(Deno `));
  const { stdout } = await call(["version", "--json"]);
  const json = JSON.parse(stdout);
  deepStrictEqual([json.version, json.compiled], [manifest.version, false]);
  await assertSchemas([{ schema: "version", text: stdout }]);
});

Deno.test("schema: prints the schemas of all records, or one", async () => {
  const all = JSON.parse((await call(["schema"])).stdout);
  const names = all.map(({ name }: { name: string }) => name);
  ok(
    ["NormalizedInverterData", "CollectorEvent"].every((name) => names.includes(name)),
  );
  for (const prefix of ["", "sunspec.telemetry."]) {
    const { code, stdout } = await call(["schema", `${prefix}NormalizedMeterData`]);
    strictEqual(code, 0);
    deepStrictEqual(JSON.parse(stdout), all[names.indexOf("NormalizedMeterData")]);
  }
});

Deno.test("a reader that closes the pipe early is not an error", async () => {
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `"$0" run --quiet -A "$1" schema | head -c 10; exit 0`,
      Deno.execPath(),
      MAIN,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { stderr } = await child.output();
  strictEqual(new TextDecoder().decode(stderr), "");
});

Deno.test({
  name: "a result that cannot be written, such as on a full disk, is a failure",
  ignore: Deno.build.os !== "linux", // /dev/full
  fn: async () => {
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        `"$0" run --quiet -A "$1" version >/dev/full`,
        Deno.execPath(),
        MAIN,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    });
    const { code, stderr } = await child.output();
    strictEqual(code, 1);
    match(new TextDecoder().decode(stderr), /cannot write to stdout: No space/);
  },
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program from source with the given environment. */
async function call(
  args: string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", MAIN, ...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** A temporary folder with files. `file` is the path of its c.toml. */
async function makeFolder(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string; readonly file: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  return {
    path,
    file: `${path}/c.toml`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
