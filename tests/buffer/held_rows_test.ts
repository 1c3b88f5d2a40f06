/**
 * A small buffer evicts rows while the pump has rows in memory: each number is
 * delivered or announced as missing, never both.
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { readRecordHead } from "../../src/records/avro/payload_head.ts";
import {
  FINGERPRINT,
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowsOf,
  SCHEMA,
} from "../../src/testing/buffer/rows.ts";
import { pause } from "../../src/testing/pause.ts";
import { createPump } from "../../src/uplink/pump/pump.ts";
import type { Uplink } from "../../src/uplink/uplink.ts";

const ROWS = 1_800;
const ROWS_PER_COMMIT = 20;

/** What the destination answers while it is away. */
for (const errorName of ["UNREACHABLE", "TIMEOUT"]) {
  Deno.test(`rows evicted while the destination is away (${errorName}) do not arrive`, () =>
    inFolder(async (folder) => {
      const buffer = await mustOpen(optionsIn(folder, { maxBytes: 512 * 1024 }));
      buffer.addSchema(FINGERPRINT, SCHEMA);
      const { epoch } = buffer.opened;
      const delivered = new Set<number>();
      let away = true;
      const uplink: Uplink = {
        name: "test",
        send(rows) {
          // A send without an answer arrived nevertheless.
          if (!away || errorName === "TIMEOUT") {
            for (const { payload } of rows) {
              delivered.add(readRecordHead(payload)?.seq ?? 0);
            }
          }
          return Promise.resolve(
            away ? { ok: false, failure: { errorName, detail: "away" } } : { ok: true },
          );
        },
        close: () => Promise.resolve(),
      };
      const pump = createPump({
        ...{ buffer, uplink, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM },
        brokerAddress: null,
      });
      const stop = new AbortController();
      const running = pump.run(stop.signal).catch(() => {});
      for (let seq = 1; seq <= ROWS; seq += ROWS_PER_COMMIT) {
        const rows = rowsOf("a", epoch, seq, seq + ROWS_PER_COMMIT - 1, 600);
        await buffer.append(rows, FOREVER);
        await buffer.flush(FOREVER);
        await pause(5);
      }
      ok(buffer.stats.evicted > ROWS / 3, "too few rows were evicted");
      away = false;
      const endMs = SYSTEM_CLOCK.monotonicMs() + 20_000;
      while (buffer.stats.rows > 0 && SYSTEM_CLOCK.monotonicMs() < endMs) {
        await pause(20);
        await buffer.flush(FOREVER);
      }
      stop.abort();
      await running;
      const announced = new Set<number>();
      for (const { firstSeq, lastSeq } of buffer.pendingGaps) {
        for (let seq = firstSeq; seq <= lastSeq; seq++) announced.add(seq);
      }
      deepStrictEqual(
        {
          both: announced.intersection(delivered).size,
          neither: ROWS - announced.union(delivered).size,
        },
        { both: 0, neither: 0 },
      );
      await buffer.close(FOREVER);
    }));
}
