/**
 * Writes a backlog of rows.
 *
 * @module
 */

import {
  FINGERPRINT,
  FOREVER,
  mustOpen,
  rowsOf,
  SCHEMA,
} from "../../src/testing/buffer/rows.ts";
import type { BufferOptions } from "../../src/buffer/buffer.ts";

/** Fills a new buffer with `count` rows of two topics, 1,000 of each in turn. */
export async function writeBacklog(
  options: BufferOptions,
  count: number,
  bodyBytes: number,
): Promise<void> {
  const buffer = await mustOpen(options);
  buffer.addSchema(FINGERPRINT, SCHEMA);
  const { epoch } = buffer.opened;
  for (let seq = 0; seq < count; seq += 1_000) {
    const topic = seq % 2_000 === 0 ? "inverter" : "meter";
    const rows = rowsOf(topic, epoch, seq + 1, seq + 1_000, bodyBytes);
    await buffer.append(rows.map((row) => ({ ...row, topic })), FOREVER);
  }
  await buffer.close(FOREVER);
}
