import { ok, strictEqual } from "node:assert/strict";
import {
  delayLink,
  measureHealthyTopics,
  startDelayedBroker,
} from "../../src/testing/uplink/healthy_topics.ts";

Deno.test({
  name: "missing topics do not delay the topics that exist",
  // Clients of probes end some seconds later.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using delayed = await startDelayedBroker();
    for (const topic of ["healthy-0", "healthy-1"]) {
      await delayed.broker.createTopic(topic);
    }
    for (const [missing, eachWayMs] of [[112, 0], [16, 300]] as const) {
      await t.step(
        `${missing} missing topics, ${eachWayMs} ms each way`,
        async () => {
          delayLink(delayed.link, eachWayMs);
          const load = {
            missing,
            healthy: 2,
            rowsPerS: 5,
            seconds: 8,
            healthyBacklog: 200,
            missingBacklog: 200,
          };
          const { ageMs, alarms } = await measureHealthyTopics(
            delayed.bootstrap,
            load,
            `${missing}`,
          );
          strictEqual(alarms, missing, "the fault was not injected");
          // A send takes a round trip, and each topic waits at most for the other one.
          const limitMs = 2_000 + 6 * eachWayMs;
          ok(ageMs.max < limitMs, `a row waited ${ageMs.max} ms`);
        },
      );
    }
  },
});
