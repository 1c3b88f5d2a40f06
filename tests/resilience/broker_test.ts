/**
 * A broker that fails for 15 s in each way that a broker or a network can fail: the
 * agent loses no row, and delivery resumes in time after the fault.
 */

import { withTempFolder } from "../../src/testing/agent/agent.ts";
import { INVERTER } from "../../src/testing/devices/devices.ts";
import { type Fleet, startFleet } from "../../src/testing/agent/fleet.ts";
import { startBroker, type TestBroker } from "../../src/testing/kafka/kafka.ts";
import { type FaultProxy, startProxy } from "../../src/testing/network/proxy.ts";
import { printLine } from "../../src/testing/print_line.ts";
import { DEVICES, type Fault, type FaultReport, runFault } from "./broker_agent.ts";

/** Longer than any time limit of the agent. */
const ALL_ACKS = 1_000_000;

Deno.test("agent: silent connections, lost and cut acknowledgements: 15 s each lose no row", async () => {
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
  await runFaults(broker, fleet, [
    {
      name: "blackhole",
      bootstrap: bootstrapOf(silent),
      begin: () => silent.blackhole(),
      end: () => silent.pass(),
      occurrences: () => silent.dropped,
    },
    {
      name: "stallack",
      bootstrap: bootstrapOf(stall),
      begin: () => stall.loseAcks(ALL_ACKS, "keep"),
      end: () => stall.pass(),
      occurrences: () => stall.lostAcks,
    },
    {
      name: "lostack",
      bootstrap: bootstrapOf(cut),
      begin: () => cut.loseAcks(ALL_ACKS, "close"),
      end: () => cut.pass(),
      occurrences: () => cut.lostAcks,
    },
  ]);
});

Deno.test("agent: a killed broker and a paused one: 15 s each lose no row", async () => {
  await using killed = await startBroker();
  await using paused = await startBroker();
  await using fleet = await startGoodFleet();
  await Promise.all([
    runFaults(killed, fleet, [{
      name: "kill",
      bootstrap: killed.bootstrap,
      begin: () => killed.kill(),
      end: () => killed.start(),
    }]),
    runFaults(paused, fleet, [{
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

async function runFaults(
  broker: TestBroker,
  fleet: Fleet,
  faults: readonly Fault[],
): Promise<void> {
  await withTempFolder(async (folder) => {
    const setup = { broker, fleet, folder };
    const ends = await Promise.allSettled(
      faults.map((fault) => runFault(setup, fault)),
    );
    for (const [at, end] of ends.entries()) {
      if (end.status === "fulfilled") printReport(end.value);
      else printReport({ name: faults[at]?.name ?? "", failed: String(end.reason) });
    }
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  });
}

function bootstrapOf({ port }: FaultProxy): string {
  return `127.0.0.1:${port}`;
}

function printReport(
  report: FaultReport | { readonly name: string; failed: string },
): void {
  const figures = "failed" in report
    ? report.failed
    : `delivery resumes ${
      whole(report.recoveryMs)
    } ms after the fault; SIGTERM during it takes ` +
      `${whole(report.endMs)} ms and keeps ${report.rowsKept} rows; ` +
      `${report.records} records, ${report.duplicates} duplicates of ${report.rowsDuplicated} rows`;
  printLine(`${report.name}: ${figures}`);
}

function whole(value: number): string {
  return value.toFixed(0);
}
