import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { runInProcess } from "../../src/testing/run_in_process.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { withBroker } from "../../src/testing/kafka/kafka.ts";

interface Finding {
  readonly check: string;
  readonly gravity: string;
  readonly found: string;
  readonly means: string;
}

const TOPICS = ["inverter", "meter", "storage", "environment", "combiner", "events"];

/** Runs doctor with a configuration that has this `[uplink]`. */
async function examine(
  folder: string,
  uplink: string,
  env: Record<string, string> = {},
): Promise<{ code: number; findings: readonly Finding[]; text: string }> {
  const file = `${folder}/c.toml`;
  await Deno.writeTextFile(
    file,
    `[gateway]\nid = "gw"\n[buffer]\npath = "${folder}/queue.db"\nmax_bytes = "16MiB"\n${uplink}\n` +
      '[[devices]]\nid = "a"\nhost = "127.0.0.1"\n',
  );
  const { code, stdout } = await runInProcess(
    ["doctor", "--config", file, "--json"],
    env,
  );
  return { code, findings: JSON.parse(stdout).findings, text: stdout };
}

function find(findings: readonly Finding[], check: string): Finding {
  const found = findings.find((one) => one.check.includes(check));
  ok(
    found !== undefined,
    `${check} is not among ${findings.map(({ check }) => check)}`,
  );
  return found;
}

Deno.test("doctor --config checks the connection to a real broker and names the failed step", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await withBroker(async (broker) => {
      for (const topic of TOPICS.slice(1)) await broker.createTopic(`sunspec.${topic}`);
      const uplink = (brokers: string, more = "") =>
        `[uplink]\nkind = "kafka"\nbrokers = ["${brokers}"]\n${more}`;
      const plain = await examine(folder, uplink(broker.bootstrap));
      strictEqual(plain.code, 69, "one topic is missing");
      strictEqual(find(plain.findings, "TCP").gravity, "good");
      const missing = find(plain.findings, "topic sunspec.inverter");
      deepStrictEqual([missing.gravity, missing.found.split(":")[0]], [
        "bad",
        "UNKNOWN_TOPIC_OR_PARTITION",
      ]);
      match(missing.means, /kafka-topics\.sh --create/);
      match(
        find(plain.findings, "sunspec.meter: writing").found,
        /^write access granted \(a record above the limit of \d+ bytes is rejected\)$/,
      );

      await broker.createTopic("sunspec.inverter");
      const tls =
        `security_protocol = "SASL_SSL"\nsasl_mechanism = "SCRAM-SHA-256"\nsasl_username = "alice"\n`;
      const env = { SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD: "alice-secret" };
      const secure = uplink(broker.saslBootstrap, `${tls}ca_file = "${broker.caFile}"`);
      const whole = await examine(folder, secure, env);
      const bad = whole.findings.filter(({ gravity }) => gravity === "bad");
      deepStrictEqual(
        bad.filter(({ check }) => /broker|authentication|topic/.test(check)),
        [],
      );
      match(find(whole.findings, "TLS").found, /trusted/);
      match(find(whole.findings, "authentication").found, /SCRAM-SHA-256 as alice/);
      ok(!whole.text.includes("alice-secret"));

      const wrong = await examine(folder, secure, {
        SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD: "no",
      });
      match(
        find(wrong.findings, "authentication").found,
        /^SASL_AUTHENTICATION_FAILED/,
      );
      strictEqual(wrong.code, 69);
      const distrusted = uplink(
        broker.saslBootstrap,
        `${tls}ca_file = "${broker.wrongCaFile}"`,
      );
      match(
        find((await examine(folder, distrusted, env)).findings, "TLS").found,
        /^TLS_UNTRUSTED/,
      );
      const port = uplink(
        broker.bootstrap,
        `security_protocol = "SSL"\nca_file = "${broker.caFile}"`,
      );
      match(find((await examine(folder, port)).findings, "TLS").found, /^TLS_FAILURE/);
      await assertSchemas(
        [plain, whole, wrong].map(({ text }) => ({ schema: "doctor", text })),
      );
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("doctor --config checks disk, buffer, clock and watchdog", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const uplink =
      `[uplink]\nkind = "files"\n[uplink.files]\npath = "${folder}"\nmax_bytes = "16MiB"\n`;
    const fresh = await examine(folder, uplink);
    for (
      const check of [
        "configuration",
        "buffer folder",
        "disk space",
        "clock",
        "watchdog",
        "agent",
      ]
    ) {
      find(fresh.findings, check);
    }
    match(
      fresh.findings.find(({ check }) => check === "buffer")?.found ?? "",
      /does not exist yet/,
    );
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["c.toml"]);

    await Deno.writeFile(`${folder}/queue.db`, new Uint8Array(8_192).fill(7));
    const damaged = await examine(folder, uplink);
    strictEqual(
      damaged.findings.find(({ check }) => check === "buffer")?.gravity,
      "bad",
    );
    strictEqual(damaged.code, 1);
    await Deno.remove(`${folder}/queue.db`);
    using db = new DatabaseSync(`${folder}/queue.db`);
    db.exec(
      "CREATE TABLE telemetry_queue(id); CREATE TABLE dead_letters(id); INSERT INTO telemetry_queue VALUES (1)",
    );
    const kept = await examine(folder, uplink);
    match(
      kept.findings.find(({ check }) => check === "buffer")?.found ?? "",
      /1 rows queued, 0 dead letters/,
    );

    const invalid = await examine(folder, "[uplink]\nkind = 7\n");
    strictEqual(invalid.code, 78);
    strictEqual(invalid.findings.filter(({ gravity }) => gravity === "bad").length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("doctor and queue examine an installation whose password only the service receives", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const uplink = `[uplink]
kind = "kafka"
brokers = ["127.0.0.1:1"]
security_protocol = "SASL_SSL"
sasl_mechanism = "PLAIN"
sasl_username = "gw"
sasl_password_file = "credential:kafka-password"
`;
    const outside = await examine(folder, uplink);
    match(find(outside.findings, "brokers").means, /^while the service runs, as root/);
    find(outside.findings, "disk space");
    ok(outside.code !== 78, outside.text);

    await Deno.writeTextFile(`${folder}/kafka-password`, "secret", { mode: 0o400 });
    const inside = await examine(folder, uplink, { CREDENTIALS_DIRECTORY: folder });
    strictEqual(find(inside.findings, "TCP").gravity, "bad");
    strictEqual(inside.code, 69);

    const queue = ["queue", "stats", "--config", `${folder}/c.toml`];
    const looked = await runInProcess(queue);
    deepStrictEqual([looked.code, looked.stderr.includes("queue.db")], [1, true]);
    ok(!looked.stderr.includes("credential"), looked.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
