import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { SYSTEM_CLOCK } from "../platform/system_clock.ts";
import type { NewRow } from "../buffer/buffer.ts";
import { type Codec, createCodec } from "../records/avro/codec.ts";
import { heartbeatEvent } from "../records/events.ts";
import type { Draft, RecordType } from "../records/record.ts";
import { createSequenceNumbering } from "../records/sequence_numbering.ts";
import { createIngest, type Ingest } from "./ingest.ts";

const NEVER = new AbortController().signal;

Deno.test("append() numbers records from 1 without gaps, even if others are rejected or throw", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("good", "rejected", "bug"), { maxLength: 20 }),
      async (kinds) => {
        const rejected: string[] = [];
        const ingest = open(failing(), rejected);
        const rows = receiveRows(ingest);
        for (const kind of kinds) {
          const appended = ingest.append([draft(kind)], NEVER);
          if (kind === "bug") await rejects(appended, TypeError);
          else await appended;
        }
        ingest.close();
        const accepted = kinds.filter((kind) => kind === "good").length;
        deepStrictEqual(
          (await rows).map(({ seq }) => seq),
          Array.from({ length: accepted }, (_, at) => at + 1),
        );
        strictEqual(ingest.made, accepted);
        strictEqual(
          rejected.length,
          kinds.filter((kind) => kind === "rejected").length,
        );
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("append() on a closed ingest throws and numbers nothing", async () => {
  const ingest = open(createCodec(), []);
  ingest.close();
  await rejects(ingest.append([draft("good")], NEVER), /closed/);
  strictEqual(ingest.made, 0);
  deepStrictEqual(await receiveRows(ingest), []);
});

function open(codec: Codec, rejected: string[]): Ingest {
  const options = {
    clock: SYSTEM_CLOCK,
    codec,
    numbering: createSequenceNumbering({ epoch: 7, streams: new Map() }),
    topicOf: (type: RecordType) => type,
    onRejected: (_: Draft, error: RangeError) => void rejected.push(error.message),
  };
  return createIngest(options);
}

/** The rows that the buffer receives. */
async function receiveRows(ingest: Ingest): Promise<NewRow[]> {
  const received: NewRow[] = [];
  const append = (rows: readonly NewRow[]): Promise<void> => {
    received.push(...rows);
    return Promise.resolve();
  };
  await ingest.run({ append }, NEVER);
  return received;
}

/** A heartbeat whose site selects the result of encoding. */
function draft(kind: string): Draft {
  const context = { gateway: "gw", site: kind, atMs: 1_000, clockSynced: null };
  const health = { version: "1", rowsBuffered: 0, oldestAgeMs: null, devices: [] };
  const event = heartbeatEvent(context, health);
  if (kind !== "rejected") return event;
  return { ...event, source: { ...event.source, read_duration_ms: 0.5 } };
}

/** The real codec, except that a draft of the site "bug" throws. */
function failing(): Codec {
  const codec = createCodec();
  return {
    ...codec,
    encode(record, numbering) {
      if (record.source.site === "bug") throw new TypeError("planted");
      return codec.encode(record, numbering);
    },
  };
}
