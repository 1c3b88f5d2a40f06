/**
 * Measures the delivery to topics that exist while other topics are missing.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { startBroker, type TestBroker } from "../kafka/kafka.ts";
import { type SlowLink, startSlowLink } from "../network/slow_link.ts";
import { startPumping } from "./pumping.ts";

/** A load: rows to the healthy topics and to the missing ones. */
export interface TopicLoad {
  readonly missing: number;
  readonly healthy: number;
  /** Rows per topic, stored every second. */
  readonly rowsPerS: number;
  readonly seconds: number;
  /** Rows per topic that wait when the pump starts. */
  readonly healthyBacklog: number;
  readonly missingBacklog: number;
}

/** What was measured of the healthy topics. */
export interface HealthyDelivery {
  /** Rows per second while the backlog drained. */
  readonly rowsPerS: number;
  /** Median and maximum age of a row when it was acknowledged, in ms; after the backlog. */
  readonly ageMs: { readonly median: number; readonly max: number };
  /** Topics with an alarm at the end. */
  readonly alarms: number;
}

/** A broker whose advertised address is behind a link with a delay. */
export interface DelayedBroker extends AsyncDisposable {
  readonly broker: TestBroker;
  readonly bootstrap: string;
  readonly link: SlowLink;
}

/** Fast enough not to limit the bandwidth. */
const BITS_PER_S = 1e9;

/** Starts a broker behind a link without delay. */
export async function startDelayedBroker(): Promise<DelayedBroker> {
  let link: SlowLink | undefined;
  const broker = await startBroker({
    fronts: [(target) => (link = startSlowLink(target))],
  });
  ok(link !== undefined);
  return {
    broker,
    link,
    bootstrap: `127.0.0.1:${link.port}`,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

/** Sets the delay in each direction. */
export function delayLink(link: SlowLink, eachWayMs: number): void {
  link.set(
    eachWayMs === 0 ? null : { bitsPerS: BITS_PER_S, roundTripMs: 2 * eachWayMs },
  );
}

/** Runs a pump with a load; `run` makes the names of its missing topics unique. */
export async function measureHealthyTopics(
  bootstrap: string,
  load: TopicLoad,
  run: string,
): Promise<HealthyDelivery> {
  const healthy = Array.from({ length: load.healthy }, (_, at) => `healthy-${at}`);
  const missing = Array.from({ length: load.missing }, (_, at) => `no-${run}-${at}`);
  const deliveredAtMs = new Map<number, number>();
  await using pumping = await startPumping([bootstrap], {}, {
    delayed: true,
    onDelivered: (rows) =>
      rows.forEach(({ id }) => deliveredAtMs.set(id, performance.now())),
  });
  const isHealthy = (topic: string) => healthy.includes(topic);
  const delivered = () => pumping.stored.filter(({ id }) => deliveredAtMs.has(id));
  // Missing topics first: theirs are the oldest rows.
  const topics = [...missing, ...healthy];
  await pumping.storeTopics(missing, load.missingBacklog);
  await pumping.storeTopics(healthy, load.healthyBacklog);
  const waiting = load.healthy * load.healthyBacklog;
  const beganMs = performance.now();
  pumping.start();
  await pumping.until(
    "the backlog is delivered",
    () => deliveredAtMs.size >= waiting,
    120_000,
  );
  const drainedMs = performance.now() - beganMs;
  const storedAtMs = new Map<number, number>();
  for (let second = 0; second < load.seconds; second++) {
    const dueMs = beganMs + drainedMs + (second + 1) * 1_000;
    const from = pumping.stored.length;
    await pumping.storeTopics(topics, load.rowsPerS);
    const nowMs = performance.now();
    for (const { id, topic } of pumping.stored.slice(from)) {
      if (isHealthy(topic)) storedAtMs.set(id, nowMs);
    }
    await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
  }
  await pumping.until(
    "the rows of the healthy topics are delivered",
    () => storedAtMs.keys().every((id) => deliveredAtMs.has(id)),
  );
  ok(delivered().every(({ topic }) => isHealthy(topic)), "a missing topic was created");
  const ages = [...storedAtMs].map(([id, atMs]) => (deliveredAtMs.get(id) ?? 0) - atMs)
    .toSorted((a, b) => a - b);
  return {
    rowsPerS: waiting === 0 ? 0 : waiting * 1_000 / drainedMs,
    ageMs: { median: ages[ages.length >> 1] ?? 0, max: ages.at(-1) ?? 0 },
    alarms: pumping.pump.status.alarms.length,
  };
}
