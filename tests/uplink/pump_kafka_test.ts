import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { consume } from "../../src/testing/kafka/consumer.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { assertWhole, startPumping } from "../../src/testing/uplink/pumping.ts";

/** Clients that are replaced after a fault end some seconds later. */
const LOOSE = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "the pump, the buffer and a real broker",
  ...LOOSE,
  async fn(t) {
    await using broker = await startBroker();
    await broker.createTopic("a");
    await broker.createTopic("b", { partitions: 1 });

    await t.step("rows of two topics arrive, in order per key, once", async () => {
      await using pumping = await startPumping([broker.bootstrap]);
      for (let round = 0; round < 5; round++) {
        await pumping.store("a", 400);
        await pumping.store("b", 30);
      }
      await pumping.untilDelivered();
      strictEqual(pumping.pump.status.rowsDelivered, 2_150);
      const records = await consume(broker.bootstrap, {
        topics: ["a", "b"],
        count: 2_150,
      });
      deepStrictEqual(assertWhole(pumping.stored, records), { duplicates: 0 });
    });

    await t.step("a restart of the broker loses no row", async () => {
      await broker.createTopic("restart");
      await using pumping = await startPumping([broker.bootstrap]);
      await pumping.store("restart", 200);
      await pumping.untilDelivered();
      await broker.stop();
      for (let round = 0; round < 10; round++) await pumping.store("restart", 100);
      await pumping.until(
        "the pump waits",
        () => pumping.pump.status.state === "waiting",
      );
      strictEqual(pumping.pump.status.lastError?.errorName, "UNREACHABLE");
      await broker.start();
      await pumping.untilDelivered();
      const records = await consume(broker.bootstrap, {
        topics: ["restart"],
        count: 1_200,
      });
      assertWhole(pumping.stored, records);
      ok(pumping.events.some((event) => event.kind === "recovered"));
    });

    await t.step("a broker killed during delivery loses no row", async () => {
      await broker.createTopic("killed");
      await using pumping = await startPumping([broker.bootstrap]);
      let storing = true;
      const feeding = (async () => {
        while (storing) await pumping.store("killed", 50);
      })();
      await pumping.until("rows flow", () => pumping.pump.status.rowsDelivered > 500);
      await broker.kill();
      await pumping.until("a send fails", () => pumping.pump.status.retries > 0);
      storing = false;
      await feeding;
      await broker.start();
      await pumping.untilDelivered();
      const records = await consume(broker.bootstrap, {
        topics: ["killed"],
        count: pumping.stored.length,
      });
      assertWhole(pumping.stored, records);
    });

    await t.step(
      "a missing topic blocks only its own rows until it is created",
      async () => {
        await using pumping = await startPumping([broker.bootstrap]);
        await pumping.store("absent", 300);
        await pumping.store("b", 20);
        await pumping.until("alarm", () => pumping.pump.status.alarms.length === 1);
        const [alarm] = pumping.pump.status.alarms;
        strictEqual(alarm?.topic, "absent");
        const { port } = new URL(`tcp://${broker.bootstrap}`);
        match(
          alarm.text,
          new RegExp(`--bootstrap-server 127.0.0.1:${port} --create --topic absent`),
        );
        await pumping.until("b flows", () => pumping.pump.status.rowsDelivered === 20);
        await pumping.store("b", 20);
        await pumping.until("b flows", () => pumping.pump.status.rowsDelivered === 40);
        strictEqual(pumping.pump.status.state === "idle", false);
        await broker.createTopic("absent");
        await pumping.untilDelivered();
        deepStrictEqual(pumping.pump.status.alarms, []);
        const records = await consume(broker.bootstrap, {
          topics: ["absent"],
          count: 300,
        });
        const stored = pumping.stored.filter(({ topic }) => topic === "absent");
        deepStrictEqual(assertWhole(stored, records), { duplicates: 0 });
      },
    );

    await t.step("a slow link gets smaller batches and still delivers", async () => {
      await broker.createTopic("slow", { partitions: 1 });
      await using pumping = await startPumping([broker.proxiedBootstrap], {
        messageTimeoutMs: 1_000,
      });
      await pumping.store("slow", 10);
      await pumping.untilDelivered();
      // About 60 incompressible bytes per row: 1000 rows take 6 s, 100 take 0.6 s.
      broker.proxy.slow(20, 10_000);
      await pumping.store("slow", 600);
      await pumping.untilDelivered(90_000);
      const names = pumping.results.map((result) =>
        result.ok ? "" : result.failure.errorName
      );
      ok(names.includes("TIMEOUT"), "no batch timed out");
      broker.proxy.pass();
      const records = await consume(broker.bootstrap, { topics: ["slow"], count: 610 });
      assertWhole(pumping.stored, records);
    });

    await t.step(
      "TLS delivers the rows; a wrong CA blocks them with an alarm",
      async () => {
        const before = (await consume(broker.bootstrap, { topics: ["b"] })).length;
        {
          await using wrong = await startPumping([broker.sslBootstrap], {
            securityProtocol: "SSL",
            ca: await Deno.readTextFile(broker.wrongCaFile),
          });
          await wrong.store("b", 10);
          await wrong.until("alarm", () => wrong.pump.status.alarms.length === 1);
          strictEqual(wrong.pump.status.state, "holding");
          match(wrong.pump.status.alarms[0]?.text ?? "", /not trusted: check ca_file/);
          strictEqual(wrong.pump.status.rowsDelivered, 0);
        }
        await using right = await startPumping([broker.sslBootstrap], {
          securityProtocol: "SSL",
          ca: await Deno.readTextFile(broker.caFile),
        });
        await right.store("b", 10);
        await right.untilDelivered();
        strictEqual(
          (await consume(broker.bootstrap, { topics: ["b"], count: before + 10 }))
            .length,
          before + 10,
        );
      },
    );
  },
});

Deno.test({
  name: "the pump starts without a broker and delivers once it is available",
  ...LOOSE,
  async fn() {
    await using broker = await startBroker();
    await broker.createTopic("late");
    await broker.stop();
    await using pumping = await startPumping([broker.bootstrap]);
    await pumping.store("late", 100);
    await pumping.until("it tries", () => pumping.pump.status.retries > 0);
    strictEqual(pumping.pump.status.state, "waiting");
    await broker.start();
    await pumping.untilDelivered();
    const records = await consume(broker.bootstrap, { topics: ["late"], count: 100 });
    assertWhole(pumping.stored, records);
  },
});
