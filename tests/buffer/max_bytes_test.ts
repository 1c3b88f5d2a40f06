import { ok, strictEqual } from "node:assert/strict";
import type { PendingGap } from "../../src/buffer/buffer.ts";
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

const ALL = { afterId: 0, countMax: 100_000, bytesMax: 1e9 };

for (
  const { maxBytes, bodyBytes, batch } of [
    { maxBytes: 512 * 1024, bodyBytes: 250, batch: 40 },
    { maxBytes: 2 ** 20, bodyBytes: 900, batch: 100 },
    { maxBytes: 2 ** 20, bodyBytes: 3_000, batch: 50 },
    { maxBytes: 8 * 2 ** 20, bodyBytes: 300, batch: 700 },
  ]
) {
  Deno.test(`file and log stay within max_bytes = ${maxBytes} with rows of ${bodyBytes} bytes`, () =>
    inFolder(async (folder) => {
      const options = optionsIn(folder, { maxBytes });
      const buffer = await mustOpen(options);
      buffer.addSchema(FINGERPRINT, SCHEMA);
      const { epoch } = buffer.opened;
      const rowsMax = Math.ceil(3 * maxBytes / bodyBytes);
      let seq = 0;
      let largest = 0;
      while (seq < rowsMax) {
        const rows = rowsOf("a", epoch, seq + 1, seq + batch, bodyBytes);
        seq += batch;
        await buffer.append(rows, FOREVER);
        await buffer.flush(FOREVER);
        largest = Math.max(
          largest,
          sizeOf(options.path) + sizeOf(`${options.path}-wal`),
        );
      }
      const { evicted, rows, stored, bytes } = buffer.stats;
      ok(evicted > 0, "nothing was evicted: the limit was not reached");
      strictEqual(stored, seq);
      strictEqual(rows, seq - evicted);
      ok(largest <= maxBytes, `${largest} bytes on disk, limit ${maxBytes}`);
      ok(bytes <= maxBytes);
      ok(rows * bodyBytes > maxBytes / 6, `only ${rows} rows fit`);

      // The newest rows remain; the evicted ones are one gap.
      const left = await buffer.oldest(ALL, FOREVER);
      const seqs = left.map((row) => readRecordHead(row.payload)?.seq);
      strictEqual(seqs.length, rows);
      seqs.forEach((one, at) => strictEqual(one, evicted + 1 + at));
      const gaps: readonly PendingGap[] = buffer.pendingGaps;
      strictEqual(gaps.length, 1);
      strictEqual(gaps[0]?.firstSeq, 1);
      strictEqual(gaps[0]?.lastSeq, evicted);
      strictEqual(gaps[0]?.reason, "max_bytes");
      await buffer.close(FOREVER);
    }));
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
