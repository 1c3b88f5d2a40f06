/**
 * A broker that fails for 15 s in each way that a broker or a network can: the
 * real agent loses no row, and rows flow again within 10 s of the fault's end.
 */

import { inFolder } from "../../src/testing/agent/agent.ts";
import { INVERTER } from "../../src/testing/devices/devices.ts";
import { type Fleet, startFleet } from "../../src/testing/agent/fleet.ts";
import { startBroker, type TestBroker } from "../../src/testing/kafka/kafka.ts";
import { type FaultProxy, startProxy } from "../../src/testing/network/proxy.ts";
import { DEVICES, type Fault, type FaultReport, holdFault } from "./broker_agent.ts";

/** More than any agent waits for. */
const ALL_ACKS = 1_000_000;

Deno.test("connections that fall silent, acks that are swallowed or cut: 15 s each cost no row", async () => {
  const proxies: FaultProxy[] = [];
  const fronts = ["blackhole", "stallack", "lostack"].map((_, at) => (target: number) =>
    proxies[at] = startProxy(target)
  );
  await using broker = await startBroker({ fronts });
  await using fleet = await startGoodFleet();
  const [silent, stall, cut] = proxies;
  if (silent === undefined || stall === undefined || cut === undefined) {
    throw new Error("a proxy is missing");
  }
  await holdAll(broker, fleet, [
    {
      name: "blackhole",
      bootstrap: bootstrapOf(silent),
      begin: () => silent.blackhole(),
      end: () => silent.pass(),
      fired: () => silent.swallowed,
    },
    {
      name: "stallack",
      bootstrap: bootstrapOf(stall),
      begin: () => stall.loseAcks(ALL_ACKS, "keep"),
      end: () => stall.pass(),
      fired: () => stall.lostAcks,
    },
    {
      name: "lostack",
      bootstrap: bootstrapOf(cut),
      begin: () => cut.loseAcks(ALL_ACKS, "close"),
      end: () => cut.pass(),
      fired: () => cut.lostAcks,
    },
  ]);
});

Deno.test("a broker that is killed, and one that is paused: 15 s each cost no row", async () => {
  await using killed = await startBroker();
  await using paused = await startBroker();
  await using fleet = await startGoodFleet();
  await Promise.all([
    holdAll(killed, fleet, [{
      name: "kill",
      bootstrap: killed.bootstrap,
      begin: () => killed.kill(),
      end: () => killed.start(),
    }]),
    holdAll(paused, fleet, [{
      name: "pause",
      bootstrap: paused.bootstrap,
      begin: () => paused.pause(),
      end: () => paused.resume(),
    }]),
  ]);
});

async function startGoodFleet(): Promise<Fleet> {
  return await startFleet(
    Array.from({ length: DEVICES }, (_, at) => ({
      id: `d${at}`,
      unitId: INVERTER.unitId,
      kind: "good",
    })),
  );
}

async function holdAll(
  broker: TestBroker,
  fleet: Fleet,
  faults: readonly Fault[],
): Promise<void> {
  await inFolder(async (folder) => {
    const scene = { broker, fleet, folder };
    const ends = await Promise.allSettled(
      faults.map((fault) => holdFault(scene, fault)),
    );
    for (const [at, end] of ends.entries()) {
      if (end.status === "fulfilled") tell(end.value);
      else tell({ name: faults[at]?.name ?? "", failed: String(end.reason) });
    }
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  });
}

function bootstrapOf({ port }: FaultProxy): string {
  return `127.0.0.1:${port}`;
}

function tell(report: FaultReport | { readonly name: string; failed: string }): void {
  const figures = "failed" in report
    ? report.failed
    : `rows flow ${whole(report.recoveryMs)} ms after the fault; SIGTERM in it takes ` +
      `${whole(report.endMs)} ms and keeps ${report.rowsKept} rows; ` +
      `${report.records} records, ${report.doubles} doubles of ${report.rowsDoubled} rows`;
  Deno.stderr.writeSync(new TextEncoder().encode(`      ${report.name}: ${figures}\n`));
}

function whole(value: number): string {
  return value.toFixed(0);
}
