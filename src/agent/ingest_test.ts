import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { SYSTEM_CLOCK } from "../platform/system_clock.ts";
import type { NewRow } from "../buffer/buffer.ts";
import { type Codec, createCodec } from "../records/avro/codec.ts";
import { heartbeatEvent } from "../records/events.ts";
import type { Draft, RecordType } from "../records/record.ts";
import { createStreamBook } from "../records/sequence_numbering.ts";
import { createIntake, type Intake } from "./ingest.ts";

const NEVER = new AbortController().signal;

Deno.test("an intake numbers what it takes from 1 without a hole, whatever it refuses or dies of", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("good", "refused", "bug"), { maxLength: 20 }),
      async (kinds) => {
        const refused: string[] = [];
        const intake = open(failing(), refused);
        const rows = hearRows(intake);
        for (const kind of kinds) {
          const offered = intake.offer([draft(kind)], NEVER);
          if (kind === "bug") await rejects(offered, TypeError);
          else await offered;
        }
        intake.close();
        const taken = kinds.filter((kind) => kind === "good").length;
        deepStrictEqual(
          (await rows).map(({ seq }) => seq),
          Array.from({ length: taken }, (_, at) => at + 1),
        );
        strictEqual(intake.made, taken);
        strictEqual(
          refused.length,
          kinds.filter((kind) => kind === "refused").length,
        );
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("an intake that is closed takes nothing, and numbers nothing", async () => {
  const intake = open(createCodec(), []);
  intake.close();
  await rejects(intake.offer([draft("good")], NEVER), /closed/);
  strictEqual(intake.made, 0);
  deepStrictEqual(await hearRows(intake), []);
});

function open(codec: Codec, refused: string[]): Intake {
  const options = {
    clock: SYSTEM_CLOCK,
    codec,
    book: createStreamBook({ epoch: 7, streams: new Map() }),
    topicOf: (type: RecordType) => type,
    onRefused: (_: Draft, error: RangeError) => void refused.push(error.message),
  };
  return createIntake(options);
}

/** What a buffer would get. */
async function hearRows(intake: Intake): Promise<NewRow[]> {
  const heard: NewRow[] = [];
  const append = (rows: readonly NewRow[]): Promise<void> => {
    heard.push(...rows);
    return Promise.resolve();
  };
  await intake.run({ append }, NEVER);
  return heard;
}

/** A heartbeat; what is to become of it stands in its site. */
function draft(kind: string): Draft {
  const context = { gateway: "gw", site: kind, atMs: 1_000, clockSynced: null };
  const health = { version: "1", rowsBuffered: 0, oldestAgeMs: null, devices: [] };
  const event = heartbeatEvent(context, health);
  if (kind !== "refused") return event;
  return { ...event, source: { ...event.source, read_duration_ms: 0.5 } };
}

/** The real codec, but for the bug that is asked for. */
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
