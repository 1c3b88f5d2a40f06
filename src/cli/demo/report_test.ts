import { strictEqual } from "node:assert/strict";
import type { AgentSummary } from "../../agent/agent_types.ts";
import { describeReport, toReport } from "./report.ts";

const SETUP = {
  destination: "Avro files in demo/records",
  queueFile: "demo/queue.db",
  configFile: "demo/sunspec-collector.toml",
  maxBytes: 256 * 1_024,
};

function endOf(made: number, stored: number, evicted: number, rowsLeft: number) {
  const end = {
    ...{ recordsMade: made, stored, rowsLeft, evicted, devices: [{ polls: 98 }] },
    pump: { rowsDelivered: stored - evicted - rowsLeft },
  } as unknown as AgentSummary;
  return { end, text: describeReport(toReport(end, 15_040), end, SETUP) };
}

Deno.test("describeReport() states that all records were delivered", () => {
  strictEqual(
    endOf(98, 98, 0, 0).text,
    "In 15 s, 1 device answered 98 polls, which produced 98 records: 98 stored, 98 delivered to Avro files in demo/records.\n" +
      "No records were lost.\n" +
      "Configuration: demo/sunspec-collector.toml\n",
  );
});

Deno.test("describeReport() states how many records were dropped and why", () => {
  const [, dropped, remaining] = endOf(2_738, 2_738, 2_728, 10).text.split("\n");
  strictEqual(
    dropped,
    "2,728 of 2,738 records were DROPPED: the 256 KiB buffer is too small.",
  );
  strictEqual(remaining, "10 undelivered records remain in demo/queue.db.");
  const [, failed] = endOf(10, 7, 0, 0).text.split("\n");
  strictEqual(
    failed,
    "3 of 10 records were DROPPED: the buffer could not store them.",
  );
});

Deno.test("describeReport() counts the rows of earlier runs that the start evicted", () => {
  const [, dropped] = endOf(10, 10, 40, 5).text.split("\n");
  strictEqual(
    dropped,
    "40 records, also of earlier runs, were DROPPED: the 256 KiB buffer is too small.",
  );
});

Deno.test("describeReport() states that nothing is delivered without an uplink", () => {
  const { end } = endOf(5, 5, 0, 5);
  const text = describeReport(toReport(end, 1_000), end, {
    ...SETUP,
    destination: null,
  });
  strictEqual(
    text.split("\n")[0],
    "In 1 s, 1 device answered 98 polls, which produced 5 records: 5 stored, none delivered because the uplink is off.",
  );
});
