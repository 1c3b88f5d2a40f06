import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createCodec } from "../../src/records/avro/codec.ts";
import { deviceStateEvent } from "../../src/records/events.ts";
import { hex } from "../../src/records/avro/fingerprint.ts";
import { askPython } from "./python.ts";

const SCRIPT = "tests/records/examples_check.py";

/** The columns that the tests look at, in this order. */
const COLUMNS = [
  "epoch",
  "numbered",
  "records",
  "duplicates",
  "given_up",
  "missing",
  "closed",
];
const MISSING = COLUMNS.indexOf("missing");

type Row = readonly (string | number | null)[];

interface Answer {
  readonly decoded: readonly Readonly<Record<string, unknown>>[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

Deno.test("the example consumer decodes a payload", async () => {
  const draft = deviceStateEvent(
    { gateway: "gw", site: null, atMs: 1_700_000_000_000, clockSynced: null },
    { deviceId: "inv-01", unitId: 1, identity: null },
    { state: "online", previousState: null, reason: null },
  );
  const numbering = { epoch: 7, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };
  const payload = hex(createCodec().encode(draft, numbering));
  const { decoded } = await ask({ payloads: [payload] });
  strictEqual(decoded[0]?.["device_id"], "inv-01");
  strictEqual(decoded[0]["sampled_at"], "2023-11-14 22:13:20+00:00");
});

Deno.test("a whole stream over two epochs misses nothing, and the first of them is closed", async () => {
  deepStrictEqual(
    await completeness([...run(5, 1, 4), ...run(9, 1, 3, { epoch: 5, seq: 4 })]),
    [[5, 4, 4, 0, 0, 0, 1], [9, 3, 3, 0, 0, 0, 0]],
  );
});

Deno.test("records that arrived twice are counted, and hide no hole", async () => {
  deepStrictEqual(
    await completeness([...run(5, 1, 4), ...run(5, 2, 3), ...run(5, 6, 6)]),
    [
      [5, 6, 5, 2, 0, 1, 0],
    ],
  );
});

Deno.test("a lost end shows once the next epoch tells where the last one ended", async () => {
  const rows = await completeness([
    ...run(5, 1, 4),
    ...run(9, 1, 1, { epoch: 5, seq: 6 }),
  ]);
  strictEqual(rows[0]?.[MISSING], 2);
});

Deno.test("an epoch of which nothing arrived is missing whole", async () => {
  const rows = await completeness(run(9, 1, 1, { epoch: 5, seq: 6 }));
  deepStrictEqual(rows[0], [5, 6, 0, 0, 0, 6, 1]);
});

Deno.test("what was announced as given up is not missing, however often it was announced", async () => {
  const gap = ["gw", "inv", "T", 5, 3, 6];
  const rows = await completeness([...run(5, 1, 3), ...run(5, 8, 9)], [gap, gap]);
  deepStrictEqual(rows, [
    // 3 was given up after it had arrived; 7 is nowhere.
    [5, 9, 5, 0, 3, 1, 0],
  ]);
});

Deno.test("streams are judged apart", async () => {
  const other = run(5, 1, 2).map((row) =>
    row.map((cell) => cell === "inv" ? "met" : cell)
  );
  const rows = await completeness([...run(5, 1, 1), ...run(5, 3, 3), ...other]);
  deepStrictEqual(rows.map((row) => row[MISSING]), [1, 0]);
});

/** Rows first..last of an epoch; the first of all says where the one before ended. */
function run(
  epoch: number,
  first: number,
  last: number,
  before?: { readonly epoch: number; readonly seq: number },
): Row[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const told = index === 0 ? before : undefined;
    const seq = first + index;
    return ["gw", "inv", "T", epoch, seq, told?.epoch ?? null, told?.seq ?? null];
  });
}

async function completeness(
  records: readonly Row[],
  gaps: readonly Row[] = [],
): Promise<unknown[][]> {
  const { rows } = await ask({ records, gaps });
  return rows.map((row) => COLUMNS.map((name) => row[name]));
}

async function ask(
  question: {
    readonly payloads?: readonly string[];
    readonly records?: readonly Row[];
    readonly gaps?: readonly Row[];
  },
): Promise<Answer> {
  const whole = { payloads: [], records: [], gaps: [], ...question };
  return await askPython(SCRIPT, whole) as Answer;
}
