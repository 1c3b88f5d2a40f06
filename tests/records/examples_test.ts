import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createCodec } from "../../src/records/avro/codec.ts";
import { deviceStateEvent } from "../../src/records/events.ts";
import { runPython } from "../../src/testing/python.ts";

const SCRIPT = "tests/records/examples_check.py";

/** The columns that the tests compare, in this order. */
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

interface Output {
  readonly decoded: readonly Readonly<Record<string, unknown>>[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

Deno.test("examples/consumer.py decodes a payload", async () => {
  const draft = deviceStateEvent(
    { gateway: "gw", site: null, atMs: 1_700_000_000_000, clockSynced: null },
    { deviceId: "inv-01", unitId: 1, identity: null },
    { state: "online", previousState: null, reason: null },
  );
  const position = { epoch: 7, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };
  const payload = createCodec().encode(draft, position).toHex();
  const { decoded } = await runExamples({ payloads: [payload] });
  strictEqual(decoded[0]?.["device_id"], "inv-01");
  strictEqual(decoded[0]["sampled_at"], "2023-11-14 22:13:20+00:00");
});

Deno.test("completeness.sql: a complete stream over two epochs has nothing missing, and its first epoch is closed", async () => {
  deepStrictEqual(
    await completeness([...run(5, 1, 4), ...run(9, 1, 3, { epoch: 5, seq: 4 })]),
    [[5, 4, 4, 0, 0, 0, 1], [9, 3, 3, 0, 0, 0, 0]],
  );
});

Deno.test("completeness.sql: duplicate records are counted and do not hide a missing record", async () => {
  deepStrictEqual(
    await completeness([...run(5, 1, 4), ...run(5, 2, 3), ...run(5, 6, 6)]),
    [
      [5, 6, 5, 2, 0, 1, 0],
    ],
  );
});

Deno.test("completeness.sql: records lost at the end of an epoch are counted once the next epoch begins", async () => {
  const rows = await completeness([
    ...run(5, 1, 4),
    ...run(9, 1, 1, { epoch: 5, seq: 6 }),
  ]);
  strictEqual(rows[0]?.[MISSING], 2);
});

Deno.test("completeness.sql: an epoch without any record counts as missing as a whole", async () => {
  const rows = await completeness(run(9, 1, 1, { epoch: 5, seq: 6 }));
  deepStrictEqual(rows[0], [5, 6, 0, 0, 0, 6, 1]);
});

Deno.test("completeness.sql: an announced gap is not missing, even if it is announced twice", async () => {
  const gap = gapOf({ epoch: 5, first: 3, last: 6 });
  const rows = await completeness([...run(5, 1, 3), ...run(5, 8, 9)], [gap, gap]);
  deepStrictEqual(rows, [
    // 3 arrived before it was evicted; 7 never arrived.
    [5, 9, 5, 0, 3, 1, 0],
  ]);
});

Deno.test("completeness.sql: streams are independent of each other", async () => {
  const other = run(5, 1, 2).map((row) =>
    row.map((cell) => cell === "inv" ? "met" : cell)
  );
  const rows = await completeness([...run(5, 1, 1), ...run(5, 3, 3), ...other]);
  deepStrictEqual(rows.map((row) => row[MISSING]), [1, 0]);
});

Deno.test("completeness.sql: of a merged gap as many numbers are announced as it states, and the others must arrive", async () => {
  const gap = gapOf({ epoch: 5, first: 3, last: 7, records: 4 });
  const around = [...run(5, 1, 2), ...run(5, 8, 9)];
  deepStrictEqual(await completeness([...around, ...run(5, 5, 5)], [gap]), [
    [5, 9, 5, 0, 4, 0, 0],
  ]);
  deepStrictEqual(await completeness(around, [gap]), [[5, 9, 4, 0, 4, 1, 0]]);
});

Deno.test("completeness.sql: a gap inside a merged one is announced in addition", async () => {
  const merged = gapOf({ epoch: 5, first: 3, last: 7, records: 3 });
  const gap = gapOf({ epoch: 5, first: 4, last: 4 });
  const around = [...run(5, 1, 2), ...run(5, 8, 9)];
  deepStrictEqual(await completeness([...around, ...run(5, 5, 5)], [merged, gap]), [
    [5, 9, 5, 0, 4, 0, 0],
  ]);
  deepStrictEqual(await completeness(around, [merged, gap]), [[5, 9, 4, 0, 4, 1, 0]]);
});

Deno.test("completeness.sql: the epochs that a merged gap spans are counted together", async () => {
  // Lost: 5 and 6 of epoch 5, 3 of epoch 7, and 1 and 2 of epoch 9.
  const gap = gapOf({ epoch: 5, first: 5, lastEpoch: 9, last: 2, records: 5 });
  const records = [
    ...run(4, 1, 2),
    ...run(5, 1, 4, { epoch: 4, seq: 2 }),
    ...run(7, 1, 2, { epoch: 5, seq: 6 }),
    ...run(7, 4, 5),
    ...run(9, 3, 8, { epoch: 7, seq: 5 }),
    ...run(11, 1, 1, { epoch: 9, seq: 8 }),
  ];
  const rows = await completeness(records, [gap]);
  deepStrictEqual(rows, [
    [4, 2, 2, 0, 0, 0, 1],
    [5, 19, 14, 0, 5, 0, 1],
    [11, 1, 1, 0, 0, 0, 0],
  ]);
  // A record of each epoch is missing in addition: inside, before and after the gap.
  for (const [epoch, seq] of [[5, 2], [7, 2], [9, 7]]) {
    const fewer = records.filter((row) => row[3] !== epoch || row[4] !== seq);
    const [, row] = await completeness(fewer, [gap]);
    deepStrictEqual(row, [5, 19, 13, 0, 5, 1, 1]);
  }
});

Deno.test("completeness.sql: an announced record that arrives nevertheless hides no other epoch's missing record", async () => {
  const gap = gapOf({ epoch: 5, first: 2, lastEpoch: 7, last: 1, records: 3 });
  const rows = await completeness([
    ...run(5, 1, 3),
    ...run(7, 2, 2, { epoch: 5, seq: 3 }),
    ...run(9, 2, 3, { epoch: 7, seq: 2 }),
  ], [gap]);
  deepStrictEqual(rows, [[5, 5, 4, 0, 1, 0, 1], [9, 3, 2, 0, 0, 1, 0]]);
});

/** A row of the table `gaps`: as in the event, null if it is not merged. */
function gapOf(
  { epoch, first, lastEpoch = null, last, records = null }: {
    readonly epoch: number;
    readonly first: number;
    readonly lastEpoch?: number | null;
    readonly last: number;
    readonly records?: number | null;
  },
): Row {
  return ["gw", "inv", "T", epoch, first, lastEpoch, last, records];
}

/** Rows first..last of an epoch; the first row has the end of the epoch before. */
function run(
  epoch: number,
  first: number,
  last: number,
  before?: { readonly epoch: number; readonly seq: number },
): Row[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const previous = index === 0 ? before : undefined;
    const seq = first + index;
    return [
      "gw",
      "inv",
      "T",
      epoch,
      seq,
      previous?.epoch ?? null,
      previous?.seq ?? null,
    ];
  });
}

async function completeness(
  records: readonly Row[],
  gaps: readonly Row[] = [],
): Promise<unknown[][]> {
  const { rows } = await runExamples({ records, gaps });
  return rows.map((row) => COLUMNS.map((name) => row[name]));
}

async function runExamples(
  input: {
    readonly payloads?: readonly string[];
    readonly records?: readonly Row[];
    readonly gaps?: readonly Row[];
  },
): Promise<Output> {
  const complete = { payloads: [], records: [], gaps: [], ...input };
  return await runPython(SCRIPT, complete) as Output;
}
