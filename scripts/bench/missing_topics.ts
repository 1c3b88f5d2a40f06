/**
 * Compares the delivery to three topics that exist with and without missing topics, in
 * alternating runs against a real broker, on loopback and with a delay:
 * `deno run -A scripts/bench/missing_topics.ts [RUNS [MISSING [EACH_WAY_MS]]]`. Exits with 1 if a median differs
 * by more than 15 %.
 *
 * @module
 */

import {
  delayLink,
  type HealthyDelivery,
  measureHealthyTopics,
  startDelayedBroker,
  type TopicLoad,
} from "../../src/testing/uplink/healthy_topics.ts";

const [runs = 5, onlyMissing, onlyMs] = Deno.args.map(Number);
const MISSING = onlyMissing === undefined ? [1, 16, 112] : [onlyMissing];
const EACH_WAY_MS = onlyMs === undefined ? [0, 300] : [onlyMs];
const HEALTHY = 3;
/** Allowed loss, as a fraction. */
const LOSS_MAX = 0.15;
/** Differences of the age below this are noise of timers, in ms. */
const AGE_NOISE_MS = 20;

await using delayed = await startDelayedBroker();
for (let at = 0; at < HEALTHY; at++) {
  await delayed.broker.createTopic(`healthy-${at}`);
}
let isWithin = true;
let number = 0;
for (const eachWayMs of EACH_WAY_MS) {
  delayLink(delayed.link, eachWayMs);
  for (const missing of MISSING) {
    const without: HealthyDelivery[] = [];
    const beside: HealthyDelivery[] = [];
    for (let at = 0; at < runs; at++) {
      without.push(await measure(0, eachWayMs));
      beside.push(await measure(missing, eachWayMs));
    }
    report(missing, eachWayMs, without, beside);
  }
}
Deno.exit(isWithin ? 0 : 1);

function measure(missing: number, eachWayMs: number): Promise<HealthyDelivery> {
  const load: TopicLoad = {
    missing,
    healthy: HEALTHY,
    rowsPerS: 5,
    seconds: 6,
    healthyBacklog: eachWayMs === 0 ? 20_000 : 3_000,
    missingBacklog: 300,
  };
  return measureHealthyTopics(delayed.bootstrap, load, String(number++));
}

function report(
  missing: number,
  eachWayMs: number,
  without: readonly HealthyDelivery[],
  beside: readonly HealthyDelivery[],
): void {
  const rates = [without, beside].map((all) => median(all, ({ rowsPerS }) => rowsPerS));
  const ages = [without, beside].map((all) => median(all, ({ ageMs }) => ageMs.median));
  const [rateWithout = 0, rateBeside = 0] = rates;
  const [ageWithout = 0, ageBeside = 0] = ages;
  const isRateWithin = rateBeside >= rateWithout * (1 - LOSS_MAX);
  const isAgeWithin = ageBeside <= ageWithout * (1 + LOSS_MAX) + AGE_NOISE_MS;
  isWithin &&= isRateWithin && isAgeWithin;
  const line = `${missing} missing, ${eachWayMs} ms each way: ` +
    `${rateWithout.toFixed(0)} -> ${rateBeside.toFixed(0)} rows/s, ` +
    `age ${ageWithout.toFixed(0)} -> ${ageBeside.toFixed(0)} ms` +
    (isRateWithin && isAgeWithin ? "\n" : " (beyond 15 %)\n");
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}

function median(
  all: readonly HealthyDelivery[],
  valueOf: (delivery: HealthyDelivery) => number,
): number {
  const sorted = all.map(valueOf).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
