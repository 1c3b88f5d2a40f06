import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { PYTHON } from "../../src/testing/project_root.ts";
import type { StoredRow } from "../../src/buffer/buffer.ts";
import { createKafkaUplink } from "../../src/uplink/kafka/kafka_uplink.ts";
import { ensureTopics } from "../../src/uplink/kafka/admin.ts";
import type { KafkaLog, KafkaOptions } from "../../src/uplink/kafka/options.ts";
import type { SendResult } from "../../src/uplink/uplink.ts";
import { consume } from "../../src/testing/kafka/consumer.ts";
import { createCountedSignal } from "../../src/testing/counted_signal.ts";
import { startBroker, type TestBroker } from "../../src/testing/kafka/kafka.ts";
import { makeRows } from "../../src/testing/uplink/rows.ts";

const NEVER = new AbortController().signal;

Deno.test({
  name: "the Kafka uplink against a real broker",
  // Clients that are replaced after a fault end some seconds later.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using broker = await startBroker();
    const options: KafkaOptions = {
      brokers: [broker.bootstrap],
      clientId: "test",
      securityProtocol: "PLAINTEXT",
    };
    await t.step("another client reads the rows that were sent", async () => {
      await broker.createTopic("plain", { partitions: 4 });
      const rows = makeRows("plain", 300, { keys: 7 });
      await using uplink = open(options);
      deepStrictEqual(await uplink.send(rows.slice(0, 200)), { ok: true });
      deepStrictEqual(await uplink.send(rows.slice(200)), { ok: true });
      await sameAsSent(broker, rows);
    });

    await t.step(
      "keys are assigned to the partitions of the Java client's default partitioner",
      async () => {
        await broker.createTopic("ours", { partitions: 7 });
        await broker.createTopic("theirs", { partitions: 7 });
        const rows = makeRows("ours", 60, { keys: 60 });
        await using uplink = open(options);
        deepStrictEqual(await uplink.send(rows), { ok: true });
        await produceWithMurmur2(
          broker.bootstrap,
          "theirs",
          rows.map(({ key }) => key),
        );
        const places = async (topic: string) =>
          (await consume(broker.bootstrap, { topics: [topic], count: 60 }))
            .map(({ key, partition }) => `${key} ${partition}`).sort();
        deepStrictEqual(await places("ours"), await places("theirs"));
      },
    );

    await t.step("sends remove their listeners from the caller's signal", async () => {
      await broker.createTopic("listeners");
      const stop = createCountedSignal();
      const uplink = createKafkaUplink(options, () => {});
      for (let nth = 0; nth < 50; nth++) {
        deepStrictEqual(await uplink.send(makeRows("listeners", 1), stop.signal), {
          ok: true,
        });
      }
      ok(stop.added >= 50);
      strictEqual(stop.listeners, 0);
      await uplink.close();
    });

    await t.step("batches are stored with the configured compression", async () => {
      const codecs = { zstd: 4, gzip: 1, none: 0 } as const;
      for (const compression of ["zstd", "gzip", "none"] as const) {
        await broker.createTopic(compression, { partitions: 1 });
        const rows = makeRows(compression, 50).map((row) => ({
          ...row,
          payload: new Uint8Array(1_000).fill(7),
        }));
        await using uplink = open({ ...options, compression });
        deepStrictEqual(await uplink.send(rows), { ok: true });
        const folder = broker.logFile.replace("server.log", `data/${compression}-0`);
        const log = await Deno.readFile(`${folder}/00000000000000000000.log`);
        // The attributes of a record batch; its lowest three bits are the codec.
        strictEqual((log[22] ?? 0) & 7, codecs[compression]);
        await sameAsSent(broker, rows);
      }
    });

    await t.step("timestamps of the last hour are kept", async () => {
      await broker.createTopic("times", { partitions: 1 });
      const times = [0, -60_000, 60_000, -3_500_000].map((at) => Date.now() + at);
      const rows = makeRows("times", times.length, { times });
      await using uplink = open(options);
      deepStrictEqual(await uplink.send(rows), { ok: true });
      await sameAsSent(broker, rows);
    });

    await t.step("a missing topic is reported quickly and not created", async () => {
      await using uplink = open(options);
      const began = performance.now();
      const result = await uplink.send(makeRows("missing", 1));
      ok(performance.now() - began < 5_000);
      strictEqual(nameOf(result), "UNKNOWN_TOPIC_OR_PARTITION");
      deepStrictEqual(
        await consume(broker.bootstrap, { topics: ["plain"] }).then(
          (records) => records.length,
        ),
        300,
      );
      await broker.createTopic("missing");
      deepStrictEqual(await uplink.send(makeRows("missing", 1)), { ok: true });
    });

    await t.step("a deleted topic does not affect the others", async () => {
      await broker.createTopic("doomed");
      await broker.createTopic("other");
      await using uplink = open(options);
      deepStrictEqual(await uplink.send(makeRows("doomed", 1)), { ok: true });
      deepStrictEqual(await uplink.send(makeRows("other", 1)), { ok: true });
      await broker.deleteTopic("doomed");
      strictEqual(
        nameOf(await uplink.send(makeRows("doomed", 1))),
        "UNKNOWN_TOPIC_OR_PARTITION",
      );
      deepStrictEqual(await uplink.send(makeRows("other", 1)), { ok: true });
    });

    await t.step(
      "a record above the size limit is reported as MESSAGE_TOO_LARGE",
      async () => {
        await broker.createTopic("small", { config: { "max.message.bytes": "1000" } });
        await using uplink = open(options);
        const rows = makeRows("small", 1, { bytes: 5_000 });
        strictEqual(nameOf(await uplink.send(rows)), "MESSAGE_TOO_LARGE");
      },
    );

    await t.step("TLS works with the right CA and fails with a wrong one", async () => {
      const ca = await Deno.readTextFile(broker.caFile);
      const wrong = await Deno.readTextFile(broker.wrongCaFile);
      const secure: KafkaOptions = {
        ...options,
        brokers: [broker.sslBootstrap],
        securityProtocol: "SSL",
      };
      await using right = open({ ...secure, ca });
      deepStrictEqual(await right.send(makeRows("other", 1)), { ok: true });
      await using byName = open({
        ...secure,
        ca,
        brokers: [secure.brokers[0]?.replace("127.0.0.1", "localhost") ?? ""],
      });
      deepStrictEqual(await byName.send(makeRows("other", 1)), { ok: true });
      await using bad = open({ ...secure, ca: wrong });
      strictEqual(nameOf(await bad.send(makeRows("other", 1))), "TLS_UNTRUSTED");
      await using none = open(secure);
      strictEqual(nameOf(await none.send(makeRows("other", 1))), "TLS_UNTRUSTED");
      await using broken = open({ ...secure, ca: "no PEM at all" });
      strictEqual((await broken.send(makeRows("other", 1))).ok, false);
      await using plainPort = open({ ...secure, ca, brokers: [broker.bootstrap] });
      match(nameOf(await plainPort.send(makeRows("other", 1))), /TLS_|UNREACHABLE/);
    });

    await t.step("mutual TLS sends the client certificate", async () => {
      const mutual: KafkaOptions = {
        ...options,
        brokers: [broker.mutualTlsBootstrap],
        securityProtocol: "SSL",
        ca: await Deno.readTextFile(broker.caFile),
      };
      await using known = open({
        ...mutual,
        cert: await Deno.readTextFile(broker.clientCertFile),
        key: await Deno.readTextFile(broker.clientKeyFile),
      });
      deepStrictEqual(await known.send(makeRows("other", 1)), { ok: true });
      await using unknown = open(mutual);
      strictEqual((await unknown.send(makeRows("other", 1))).ok, false);
    });

    await t.step(
      "SASL works with each mechanism, and a wrong password is reported",
      async () => {
        for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
          const login: KafkaOptions = {
            ...options,
            brokers: [broker.saslBootstrap],
            securityProtocol: "SASL_SSL",
            ca: await Deno.readTextFile(broker.caFile),
            sasl: { mechanism, username: "alice", password: "alice-secret" },
          };
          await using right = open(login);
          deepStrictEqual(
            await right.send(makeRows("other", 1)),
            { ok: true },
            mechanism,
          );
          const sasl = { mechanism, username: "alice", password: "wrong-secret" };
          await using wrong = open({ ...login, sasl });
          const result = await wrong.send(makeRows("other", 1));
          strictEqual(nameOf(result), "SASL_AUTHENTICATION_FAILED", mechanism);
          ok(!JSON.stringify(result).includes("wrong-secret"));
        }
      },
    );

    await t.step("ensureTopics() creates missing topics once", async () => {
      const made = await ensureTopics(options, ["plain", "new-1", "new-2"], () => {});
      deepStrictEqual(made, { ok: true, value: ["new-1", "new-2"] });
      const again = await ensureTopics(options, ["plain", "new-1"], () => {});
      deepStrictEqual(again, { ok: true, value: [] });
      const nowhere = { ...options, brokers: ["127.0.0.1:1"] };
      const failed = await ensureTopics(nowhere, ["x"], () => {}, 3_000);
      strictEqual(failed.ok ? "" : failed.fault.errorName, "UNREACHABLE");
    });

    await t.step(
      "without a broker: UNREACHABLE in bounded time, close() at once",
      async () => {
        await using uplink = open({ ...options, brokers: ["127.0.0.1:1"] });
        const began = performance.now();
        strictEqual(nameOf(await uplink.send(makeRows("other", 1))), "UNREACHABLE");
        ok(performance.now() - began < 11_000);
      },
    );

    await t.step("one reachable broker of three is enough", async () => {
      const brokers = ["127.0.0.1:1", "[::1]:2", broker.bootstrap];
      await using uplink = open({ ...options, brokers });
      deepStrictEqual(await uplink.send(makeRows("other", 1)), { ok: true });
    });

    await t.step("close() returns promptly during a send", async () => {
      broker.pause();
      try {
        const uplink = open(options);
        const sending = uplink.send(makeRows("other", 1)).then(() => "", String);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const began = performance.now();
        await uplink.close();
        match(await sending, /closed/);
        ok(performance.now() - began < 200);
      } finally {
        broker.resume();
      }
    });
  },
});

function open(options: KafkaOptions, log: KafkaLog = () => {}): {
  send(rows: readonly StoredRow[]): Promise<SendResult>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
} {
  const uplink = createKafkaUplink(options, log);
  return {
    send: (rows) => uplink.send(rows, NEVER),
    close: () => uplink.close(),
    [Symbol.asyncDispose]: () => uplink.close(),
  };
}

function nameOf(result: SendResult): string {
  return result.ok ? "" : result.failure.errorName;
}

async function sameAsSent(
  broker: TestBroker,
  rows: readonly StoredRow[],
): Promise<void> {
  const records = await consume(broker.bootstrap, {
    topics: [rows[0]?.topic ?? ""],
    count: rows.length,
  });
  const sort = (list: [string | null, number, string][]) =>
    list.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  deepStrictEqual(
    sort(records.map(({ key, timestamp, value }) => [key, timestamp, String(value)])),
    sort(
      rows.map(({ key, createdAtMs, payload }) => [key, createdAtMs, String(payload)]),
    ),
  );
}

/** Writes empty values with librdkafka's murmur2 partitioner, the default of the Java client. */
async function produceWithMurmur2(
  bootstrap: string,
  topic: string,
  keys: readonly string[],
): Promise<void> {
  const script = `
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": sys.argv[1], "partitioner": "murmur2"})
for key in sys.argv[3:]:
    producer.produce(sys.argv[2], key=key, value=b"")
sys.exit(producer.flush(20))
`;
  const { success } = await new Deno.Command(PYTHON, {
    args: ["-c", script, bootstrap, topic, ...keys],
  }).output();
  ok(success);
}
