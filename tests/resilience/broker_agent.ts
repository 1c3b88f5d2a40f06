/**
 * An agent with a failing broker: the common part of every fault.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type AgentProcess, startAgentProcess } from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import type { Fleet } from "../../src/testing/agent/fleet.ts";
import type { TestBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";
import { pause } from "../../src/testing/pause.ts";

/** Number of devices that each agent polls. */
export const DEVICES = 10;
/** Small, so that the bound on duplicates is tight. */
const BATCH_ROWS_MAX = 40;
const INTERVAL_MS = 250;
/** Duration of a fault. */
export const FAULT_MS = 15_000;
/** Limit until rows are delivered again after the end of a fault. */
const RECOVERY_MAX_MS = 10_000;
/** Guaranteed maximum duration of the agent's stop, regardless of the broker. */
const END_MAX_MS = 10_000;
/** Delay after the start of the second fault: the agent has noticed it, or is about to. */
const BEFORE_END_MS = 2_000;
/** Limit until the remaining rows are sent. */
const DRAIN_MAX_MS = 30_000;

/** A fault of a broker. */
export interface Fault {
  /** Name of the fault, and prefix of its topics. */
  readonly name: string;
  /** Bootstrap address for the agent. */
  readonly bootstrap: string;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
  /** Number of times it has occurred; a fault without a counter is visible in the agent's log. */
  occurrences?(): number;
}

/** Result of a fault. */
export interface FaultReport {
  readonly name: string;
  readonly recoveryMs: number;
  readonly endMs: number;
  readonly rowsKept: number;
  readonly records: number;
  readonly duplicates: number;
  /** Rows that arrived more than once. */
  readonly rowsDuplicated: number;
}

/** What the agents of a test share. */
export interface FaultSetup {
  readonly broker: TestBroker;
  readonly fleet: Fleet;
  /** Parent folder of the agents' folders. */
  readonly folder: string;
}

/**
 * Injects a fault for 15 s, then again and stops the agent during it: delivery
 * resumes in time, the agent stops in time, and finally every row has arrived, in
 * order, with duplicates only of the batches in flight.
 */
export async function runFault(
  { broker, fleet, folder }: FaultSetup,
  fault: Fault,
): Promise<FaultReport> {
  const topics = ["inverter", "meter", "events"].map((name) => `${fault.name}-${name}`);
  for (const name of topics) await broker.createTopic(name);
  const [inverter = "", meter = "", events = ""] = topics;
  const config: AgentConfig = {
    uplink: {
      kind: "kafka",
      brokers: [fault.bootstrap],
      topics: { inverter, meter, events },
      ["batch_rows_max"]: BATCH_ROWS_MAX,
    },
    devices: fleet.tables(() => ({ ["interval_ms"]: INTERVAL_MS })),
  };
  const agentFolder = `${folder}/${fault.name}`;
  await Deno.mkdir(agentFolder);
  const start = { folder: agentFolder, config };
  let recoveryMs: number;
  let endMs: number;
  let rowsKept: number;
  {
    await using agent = await startAgentProcess(start);
    for (let at = 0; at < DEVICES; at++) {
      await agent.until("device.online", ({ device }) => device === `d${at}`);
    }
    await pause(1_000);
    strictEqual(count(agent, "uplink.down"), 0);

    await injectFault(fault, agent, FAULT_MS);
    const beganMs = performance.now();
    await agent.until("uplink.up", () => true, RECOVERY_MAX_MS);
    recoveryMs = performance.now() - beganMs;
    strictEqual(count(agent, "device.offline"), 0, "the fault reached the devices");
    await pause(2_000);

    const endingMs = await injectFault(fault, agent, BEFORE_END_MS, async () => {
      const fromMs = performance.now();
      deepStrictEqual(await agent.end("SIGTERM", END_MAX_MS), {
        code: 0,
        signal: null,
      });
      return performance.now() - fromMs;
    });
    endMs = endingMs ?? NaN;
    rowsKept = Number((await agent.until("agent.stopped"))["rowsLeft"]);
    ok(rowsKept > 0, "the second fault did not delay a row");
    strictEqual(await rowsInQueue(`${agentFolder}/queue.db`), rowsKept);
    strictEqual(agent.noise, "");
  }
  {
    await using agent = await startAgentProcess(start);
    await pause(3_000);
    deepStrictEqual(await agent.end("SIGTERM", DRAIN_MAX_MS), {
      code: 0,
      signal: null,
    });
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  }
  const { faults, records, duplicates, streams, decoded } = await checkKafka(
    broker.bootstrap,
    { topics },
  );
  deepStrictEqual(faults, []);
  const polled = streams.filter(({ type }) => type === "NormalizedInverterData");
  strictEqual(polled.length, DEVICES);
  for (const { epochs } of polled) strictEqual(epochs.length, 2);
  const seen = new Map<string, number>();
  for (const { type, record } of decoded) {
    const key = `${record["device_id"]} ${type} ${record["epoch"]} ${record["seq"]}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const rowsDuplicated = [...seen.values()].filter((times) => times > 1).length;
  // One batch in flight for each of the two faults.
  ok(
    rowsDuplicated <= 2 * BATCH_ROWS_MAX,
    `${rowsDuplicated} rows arrived more than once`,
  );
  return {
    name: fault.name,
    ...{ recoveryMs, endMs, rowsKept, records, duplicates, rowsDuplicated },
  };
}

/** Begins the fault, runs an action during it, and ends it; the fault must have occurred. */
async function injectFault<T>(
  fault: Fault,
  agent: AgentProcess,
  durationMs: number,
  then: () => Promise<T> | undefined = () => undefined,
): Promise<T | undefined> {
  const before = fault.occurrences?.() ?? 0;
  await fault.begin();
  const beganMs = performance.now();
  if (durationMs === FAULT_MS) await agent.until("uplink.down", () => true, FAULT_MS);
  await pause(durationMs - (performance.now() - beganMs));
  const done = await then();
  if (fault.occurrences !== undefined) {
    ok(fault.occurrences() > before, `${fault.name}: the fault did not occur`);
  }
  await fault.end();
  return done;
}

function count(agent: AgentProcess, event: string): number {
  return agent.log.filter((line) => line["event"] === event).length;
}
