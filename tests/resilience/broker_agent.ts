/**
 * An agent before a broker that fails it: what is the same for every fault.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type AgentProcess, pause, startAgent } from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import type { Fleet } from "../../src/testing/agent/fleet.ts";
import type { TestBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";

/** Devices of the fleet that each agent polls. */
export const DEVICES = 10;
/** Small, so that the bound on doubles is sharp. */
const BATCH_ROWS_MAX = 40;
const INTERVAL_MS = 250;
/** How long a fault lasts. */
export const FAULT_MS = 15_000;
/** Rows flow again this soon after the end of a fault. */
const RECOVERY_MAX_MS = 10_000;
/** The agent promises to end within this, whatever the broker does. */
const END_MAX_MS = 10_000;
/** After the second fault began: the agent has noticed, or is just noticing. */
const BEFORE_END_MS = 2_000;
/** What is left is sent within this. */
const REST_MAX_MS = 30_000;

/** A broker's fault, as an agent meets it. */
export interface Fault {
  /** In words, and the beginning of the topics' names. */
  readonly name: string;
  /** Where the agent finds the broker. */
  readonly bootstrap: string;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
  /** How often it fired so far; a fault that counts nothing is seen by what the agent says. */
  fired?(): number;
}

/** What became of it. */
export interface FaultReport {
  readonly name: string;
  readonly recoveryMs: number;
  readonly endMs: number;
  readonly rowsKept: number;
  readonly records: number;
  readonly doubles: number;
  /** Rows that came more than once. */
  readonly rowsDoubled: number;
}

/** What all agents of a test share. */
export interface Scene {
  readonly broker: TestBroker;
  readonly fleet: Fleet;
  /** Holds a folder for each agent. */
  readonly folder: string;
}

/**
 * Plays a fault for 15 s, then again with an end of the agent in its midst:
 * rows flow again in time, the agent ends in time, and in the end every row
 * has arrived, in order, doubles only of the batches that were in flight.
 */
export async function holdFault(
  { broker, fleet, folder }: Scene,
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
  const home = `${folder}/${fault.name}`;
  await Deno.mkdir(home);
  const start = { folder: home, config };
  let recoveryMs: number;
  let endMs: number;
  let rowsKept: number;
  {
    await using agent = await startAgent(start);
    for (let at = 0; at < DEVICES; at++) {
      await agent.until("device.online", ({ device }) => device === `d${at}`);
    }
    await pause(1_000);
    strictEqual(count(agent, "uplink.down"), 0);

    await fire(fault, agent, FAULT_MS);
    const beganMs = performance.now();
    await agent.until("uplink.up", () => true, RECOVERY_MAX_MS);
    recoveryMs = performance.now() - beganMs;
    strictEqual(count(agent, "device.offline"), 0, "the fault reached the devices");
    await pause(2_000);

    const endingMs = await fire(fault, agent, BEFORE_END_MS, async () => {
      const fromMs = performance.now();
      deepStrictEqual(await agent.end("SIGTERM", END_MAX_MS), {
        code: 0,
        signal: null,
      });
      return performance.now() - fromMs;
    });
    endMs = endingMs ?? NaN;
    rowsKept = Number((await agent.until("agent.stopped"))["rowsLeft"]);
    ok(rowsKept > 0, "the second fault did not keep a row back");
    strictEqual(await rowsInQueue(`${home}/queue.db`), rowsKept);
    strictEqual(agent.noise, "");
  }
  {
    await using agent = await startAgent(start);
    await pause(3_000);
    deepStrictEqual(await agent.end("SIGTERM", REST_MAX_MS), { code: 0, signal: null });
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  }
  const { faults, records, doubles, streams, decoded } = await checkKafka(
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
  const rowsDoubled = [...seen.values()].filter((times) => times > 1).length;
  // One batch in flight for each of the two faults.
  ok(rowsDoubled <= 2 * BATCH_ROWS_MAX, `${rowsDoubled} rows came more than once`);
  return {
    name: fault.name,
    ...{ recoveryMs, endMs, rowsKept, records, doubles, rowsDoubled },
  };
}

/** Begins the fault, lets it last, does what is to be done in its midst, and ends it; it must have fired. */
async function fire<T>(
  fault: Fault,
  agent: AgentProcess,
  durationMs: number,
  then: () => Promise<T> | undefined = () => undefined,
): Promise<T | undefined> {
  const before = fault.fired?.() ?? 0;
  await fault.begin();
  const beganMs = performance.now();
  if (durationMs === FAULT_MS) await agent.until("uplink.down", () => true, FAULT_MS);
  await pause(durationMs - (performance.now() - beganMs));
  const done = await then();
  if (fault.fired !== undefined) {
    ok(fault.fired() > before, `${fault.name}: the fault did not fire`);
  }
  await fault.end();
  return done;
}

function count(agent: AgentProcess, event: string): number {
  return agent.log.filter((line) => line["event"] === event).length;
}
