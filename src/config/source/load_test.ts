import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadConfig, type LoadedConfig } from "./load.ts";
import { type ConfigProblem, describeProblem } from "../check/problem.ts";

const DEVICE = '[[devices]]\nhost = "10.0.0.1"\n';
const KAFKA = `${DEVICE}[gateway]
id = "g"
[uplink]
kind = "kafka"
brokers = ["a:1"]
security_protocol = "SASL_SSL"
sasl_mechanism = "SCRAM-SHA-512"
sasl_username = "u"
ca_file = "ca.pem"
cert_file = "gw.pem"
key_file = "gw.key"
sasl_password_file = "password"
`;
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";

Deno.test("loadConfig() reads the named files, relative to the folder of the configuration", async () => {
  await using folder = await makeFolder({
    "c.toml": `${KAFKA}[buffer]\npath = "queue.db"`,
    "ca.pem": CERTIFICATE,
    "gw.pem": CERTIFICATE,
    "gw.key": KEY,
    password: "hunter2\r\n",
  });
  const { config, credentials, warnings } = await expectConfig(folder.path);
  strictEqual(config.buffer.path, `${folder.path}/queue.db`);
  strictEqual(config.uplink.ca_file, `${folder.path}/ca.pem`);
  strictEqual(credentials.ca, CERTIFICATE);
  strictEqual(credentials.key?.reveal(), KEY);
  strictEqual(credentials.saslPassword?.reveal(), "hunter2");
  deepStrictEqual(warnings, []);
  ok(!Deno.inspect(credentials).includes("hunter2"));
});

Deno.test("loadConfig() reads the quirks file and reports its faults", async () => {
  await using folder = await makeFolder({
    "c.toml":
      `${DEVICE}[discovery]\nquirks_file = "q.toml"\n[buffer]\npath = "queue.db"\n`,
    "q.toml": '[[quirks]]\nmodel = "X"\ngap_ms = 0\n',
  });
  const { quirkRules, config } = await expectConfig(folder.path);
  deepStrictEqual(quirkRules.map(({ model, gap_ms: gapMs }) => [model, gapMs]), [[
    "X",
    0,
  ]]);
  const path = `${folder.path}/q.toml`;
  strictEqual(config.discovery.quirks_file, path);
  await Deno.writeTextFile(path, '[[quirks]]\nmodel = "X"\ngap_ms = -1\n');
  const [wrong] = await problemsOf(folder.path);
  deepStrictEqual([wrong?.file, wrong?.line, wrong?.path], [
    path,
    3,
    "quirks[0].gap_ms",
  ]);
  await Deno.remove(path);
  const [missing] = await problemsOf(folder.path);
  deepStrictEqual([missing?.line, missing?.path], [4, "discovery.quirks_file"]);
});

Deno.test("loadConfig() reads credentials and shows no more of them than their names", async () => {
  const files = {
    "c.toml": KAFKA.replace('"gw.key"', '"credential:kafka-key"')
      .replace('"password"', '"credential:kafka-password"'),
    "ca.pem": CERTIFICATE,
    "gw.pem": CERTIFICATE,
    "kafka-key": KEY,
    "kafka-password": "hunter2\n",
  };
  await using folder = await makeFolder(files);
  const path = `${folder.path}/c.toml`;
  const env = { CREDENTIALS_DIRECTORY: folder.path };
  const loaded = await loadConfig(path, env);
  ok(loaded.ok);
  strictEqual(loaded.value.credentials.key?.reveal(), KEY);
  strictEqual(loaded.value.credentials.saslPassword?.reveal(), "hunter2");

  // Outside the service there are no credentials, which is not a fault of the file.
  const outside = await loadConfig(path, {}, { outsideService: true });
  ok(outside.ok);
  const warned = outside.value.warnings.map(({ path }) => path);
  ok(warned.includes("uplink.key_file"), warned.join());
  ok(warned.includes("uplink.sasl_password_file"), warned.join());
  // The same if the process knows the folder but cannot read it, as in ExecReload=.
  const closed = { CREDENTIALS_DIRECTORY: `${folder.path}/closed` };
  const reloading = await loadConfig(path, closed, { outsideService: true });
  ok(reloading.ok);
  strictEqual(reloading.value.credentials.saslPassword, null);
  ok(!(await loadConfig(path, closed)).ok);
  const started = await loadConfig(path, {});
  ok(!started.ok);
  const text = started.fault.map(describeProblem).join();
  ok(text.includes("LoadCredential=kafka-password:"), text);

  await Deno.writeTextFile(`${folder.path}/kafka-password`, "hunter2\nhunter3\n");
  await Deno.remove(`${folder.path}/kafka-key`);
  const wrong = await loadConfig(path, env);
  ok(!wrong.ok);
  const faults = wrong.fault.map(describeProblem).join();
  ok(faults.includes('"credential:kafka-key" (file not found)'), faults);
  ok(faults.includes('"credential:kafka-password" (other content)'), faults);
  ok(!faults.includes("hunter"), faults);
});

Deno.test("loadConfig() reads no credential from another folder", async () => {
  for (const name of ["../secret", "a/b", "..", "", "a:b"]) {
    await using folder = await makeFolder({
      "c.toml": KAFKA.replace('"password"', JSON.stringify(`credential:${name}`)),
      secret: "hunter2",
    });
    const loaded = await loadConfig(`${folder.path}/c.toml`, {
      CREDENTIALS_DIRECTORY: `${folder.path}/credentials`,
    });
    ok(!loaded.ok);
    ok(loaded.fault.some(({ path }) => path === "uplink.sasl_password_file"), name);
  }
});

Deno.test("loadConfig() reports faulty files together with all other faults", async () => {
  await using folder = await makeFolder({
    "c.toml": `${KAFKA}[buffer]\npath = "here"\nmax_rows = 0`,
    "ca.pem": "hunter2",
    "gw.key": "",
    password: "hunter2\nmore",
  });
  await Deno.mkdir(`${folder.path}/here`);
  const problems = await problemsOf(folder.path);
  deepStrictEqual(problems.map(({ line, path }) => [line, path]), [
    [11, "uplink.ca_file"],
    [12, "uplink.cert_file"],
    [13, "uplink.key_file"],
    [14, "uplink.sasl_password_file"],
    [16, "buffer.path"],
    [17, "buffer.max_rows"],
  ]);
  ok(problems[1]?.found.endsWith("(file not found)"));
  ok(!JSON.stringify(problems).includes("hunter2"));
});

Deno.test("loadConfig() warns of a password that every user can read and of a missing folder", async () => {
  await using folder = await makeFolder({
    "c.toml": `${KAFKA}[buffer]\npath = "not/yet/queue.db"`,
    "ca.pem": CERTIFICATE,
    "gw.pem": CERTIFICATE,
    "gw.key": KEY,
    password: "hunter2",
  });
  await Deno.chmod(`${folder.path}/password`, 0o644);
  const { warnings } = await expectConfig(folder.path);
  deepStrictEqual(warnings.map(({ path }) => path), [
    "uplink.sasl_password_file",
    "buffer.path",
  ]);
});

Deno.test("loadConfig() reports why a file cannot be read", async () => {
  await using folder = await makeFolder({
    "c.toml": "",
    "big.toml": "#".repeat(2 ** 21),
  });
  await Deno.writeFile(`${folder.path}/c.toml`, new Uint8Array([0xff, 0xfe, 0]));
  const found = async (name: string): Promise<string | undefined> => {
    const loaded = await loadConfig(`${folder.path}/${name}`, {});
    return loaded.ok ? undefined : loaded.fault[0]?.found;
  };
  strictEqual(await found("c.toml"), "file is not UTF-8 text");
  strictEqual(await found("big.toml"), "file is larger than 1048576 bytes");
  strictEqual(await found("none.toml"), "file not found");
  strictEqual(await found("."), "is a folder");
});

/** A folder with files that only the owner can read, removed at the end. */
async function makeFolder(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${path}/${name}`, text, { mode: 0o600 });
  }
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function expectConfig(folder: string): Promise<LoadedConfig> {
  const loaded = await loadConfig(`${folder}/c.toml`, {});
  if (loaded.ok) return loaded.value;
  throw new Error(loaded.fault.map(describeProblem).join("\n"));
}

async function problemsOf(folder: string): Promise<readonly ConfigProblem[]> {
  const loaded = await loadConfig(`${folder}/c.toml`, {});
  ok(!loaded.ok, "accepted");
  return loaded.ok ? [] : loaded.fault;
}
