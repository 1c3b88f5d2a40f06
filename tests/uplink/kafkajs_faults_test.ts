import { ok, strictEqual } from "node:assert/strict";
import { createKafkaUplink } from "../../src/uplink/kafka/kafka_uplink.ts";
import { consume } from "../../src/testing/kafka/consumer.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { assertWhole, startPumping } from "../../src/testing/uplink/pumping.ts";
import { makeRows } from "../../src/testing/uplink/rows.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

Deno.test({
  name: "bugs of kafkajs have no effect on the uplink",
  // Clients that are replaced after a fault end some seconds later.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using broker = await startBroker();

    await t.step("wedge: a broker that accepts and is silent for 14 s", async () => {
      await broker.createTopic("wedge");
      await using pumping = await startPumping([broker.proxiedBootstrap]);
      await pumping.store("wedge", 50);
      await pumping.untilDelivered();
      broker.proxy.blackhole();
      broker.proxy.closeAll();
      const before = broker.proxy.blackHoleConnections;
      await pumping.store("wedge", 50);
      await new Promise((resolve) => setTimeout(resolve, 14_000));
      ok(
        broker.proxy.blackHoleConnections > before,
        "the fault was not injected: no connection was silenced",
      );
      strictEqual(pumping.pump.status.rowsDelivered, 50);
      // Silent connections stay open: the client must abandon them.
      broker.proxy.pass();
      await pumping.untilDelivered(30_000);
      const records = await consume(broker.bootstrap, {
        topics: ["wedge"],
        count: 100,
      });
      assertWhole(pumping.stored, records);
    });

    await t.step(
      "silent loss: a different batch after one whose ack was lost",
      async () => {
        await broker.createTopic("loss", { partitions: 1 });
        const uplink = createKafkaUplink({
          brokers: [broker.proxiedBootstrap],
          clientId: "test",
          securityProtocol: "PLAINTEXT",
          messageTimeoutMs: 1_500,
        }, () => {});
        const rows = makeRows("loss", 300);
        const send = (from: number, to: number) =>
          uplink.send(rows.slice(from, to), new AbortController().signal);
        strictEqual((await send(0, 100)).ok, true);
        broker.proxy.loseAcks(20, "keep");
        const failed = await send(100, 200);
        strictEqual(failed.ok ? "" : failed.failure.errorName, "TIMEOUT");
        ok(broker.proxy.lostAcks > 0, "the fault was not injected: no ack was dropped");
        broker.proxy.pass();
        // A different batch of the same size: the producer of kafkajs would reuse the sequence number.
        strictEqual((await send(200, 300)).ok, true);
        strictEqual((await send(100, 200)).ok, true);
        await uplink.close();
        const records = await consume(broker.bootstrap, {
          topics: ["loss"],
          count: 400,
        });
        const came = new Set(records.map(({ value }) => String(value)));
        for (const row of rows) ok(came.has(String(row.payload)), `row ${row.id}`);
        strictEqual(records.length, 400); // the batch of the lost ack arrived twice
      },
    );

    await t.step(
      "a lost ack with a closed connection causes no duplicate",
      async () => {
        await broker.createTopic("once", { partitions: 1 });
        await using pumping = await startPumping([broker.proxiedBootstrap]);
        await pumping.store("once", 10);
        await pumping.untilDelivered();
        const before = broker.proxy.lostAcks;
        broker.proxy.loseAcks(1, "close");
        await pumping.store("once", 100);
        await pumping.untilDelivered();
        strictEqual(broker.proxy.lostAcks, before + 1);
        const records = await consume(broker.bootstrap, {
          topics: ["once"],
          count: 110,
        });
        strictEqual(assertWhole(pumping.stored, records).duplicates, 0);
      },
    );

    await t.step("many lost acks lose no row and keep the order", async () => {
      await broker.createTopic("acks");
      await using pumping = await startPumping([broker.proxiedBootstrap], {
        messageTimeoutMs: 1_000,
      });
      await pumping.store("acks", 10);
      await pumping.untilDelivered();
      const before = broker.proxy.lostAcks;
      for (let round = 0; round < 3; round++) {
        broker.proxy.loseAcks(3, round % 2 === 0 ? "keep" : "close");
        await pumping.store("acks", 200);
        await pumping.until(
          "acks are lost",
          () => broker.proxy.lostAcks >= before + 3 * (round + 1),
        );
      }
      broker.proxy.pass();
      await pumping.untilDelivered();
      const records = await consume(broker.bootstrap, {
        topics: ["acks"],
        count: 610,
      });
      assertWhole(pumping.stored, records);
    });

    await t.step(
      "timer: kafkajs runs a timer loop, the fixed client does not",
      async () => {
        await broker.createTopic("timer");
        const raw = await probe("raw", broker.bootstrap);
        const fixed = await probe("fixed", broker.bootstrap);
        ok(raw.checks > 200, `no timer loop in kafkajs: ${raw.checks} checks in 2 s`);
        ok(fixed.checks < 5, `${fixed.checks} checks in 2 s`);
        strictEqual(fixed.stderr, "");
        strictEqual(fixed.stdoutLines, 1);
      },
    );
  },
});

/** Runs kafkajs with or without the workarounds in a separate process. */
async function probe(
  which: "raw" | "fixed",
  bootstrap: string,
): Promise<{ checks: number; stderr: string; stdoutLines: number }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", `--config=${PROJECT_ROOT}deno.json`],
      ...[`${PROJECT_ROOT}tests/uplink/timer_probe.ts`, which, bootstrap],
    ],
  }).output();
  const errors = new TextDecoder().decode(stderr);
  ok(success, errors);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return {
    checks: Number(lines.at(-1)),
    stderr: errors,
    stdoutLines: lines.length,
  };
}
