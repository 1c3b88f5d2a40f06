import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { PROGRAM_DATE_MS } from "../../base/credible_clock.ts";
import { inFolder } from "../../testing/buffer/rows.ts";
import { openLossyFolder } from "../../testing/buffer/lossy_folder.ts";

const NOW_MS = PROGRAM_DATE_MS + 10 ** 10;

const FILE_FAULTS = [
  "none",
  "keepCopy",
  "restoreCopy",
  "removeWal",
  "removeMark",
  "restoreWithoutMark",
] as const;

const anyStep = () =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant("write" as const),
        count: fc.integer({ min: 1, max: 30 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant("deliver" as const),
        count: fc.integer({ min: 1, max: 60 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("announce" as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("writeMark" as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant("crash" as const),
        fault: fc.constantFrom(...FILE_FAULTS),
        // 1970, a clock set back by up to a day, or time that has passed.
        clock: fc.oneof(
          fc.record({ kind: fc.constant("1970" as const), ms: fc.nat(10 ** 6) }),
          fc.record({
            kind: fc.constant("jump" as const),
            ms: fc.integer({ min: -86_400_000, max: -120_000 }),
          }),
          fc.record({
            kind: fc.constant("jump" as const),
            ms: fc.integer({ min: 1_000, max: 86_400_000 }),
          }),
        ),
      }),
    },
  );

Deno.test("no number has two contents, and each that the mark shows is delivered, stored or announced", async () => {
  await inFolder(async (root) => {
    let run = 0;
    let faults = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep(), { minLength: 3, maxLength: 25 }),
        async (steps) => {
          const folder = `${root}/${run++}`;
          Deno.mkdirSync(folder);
          let wallMs = NOW_MS;
          const buffer = await openLossyFolder(folder, wallMs, run);
          try {
            for (const step of steps) {
              switch (step.does) {
                case "write":
                  buffer.write(step.count);
                  break;
                case "deliver":
                  buffer.deliver(step.count);
                  break;
                case "announce":
                  buffer.announce();
                  break;
                case "writeMark":
                  await buffer.writeMark();
                  break;
                case "crash": {
                  if (step.clock.kind === "jump") {
                    wallMs = Math.max(PROGRAM_DATE_MS, wallMs + step.clock.ms);
                  }
                  const atMs = step.clock.kind === "1970" ? step.clock.ms : wallMs;
                  await buffer.crash(() => {
                    if (step.fault === "restoreWithoutMark") {
                      buffer.restoreCopy();
                      buffer.removeMark();
                    } else if (step.fault !== "none") {
                      buffer[step.fault]();
                    }
                    if (step.fault !== "none") faults++;
                  }, atMs);
                }
              }
              deepStrictEqual(buffer.lost(), []);
            }
            strictEqual(
              new Set(buffer.epochs).size,
              buffer.epochs.length,
              "an epoch was reused",
            );
          } finally {
            buffer.close();
          }
        },
      ),
      { numRuns: 60 },
    );
    ok(faults > 20, `only ${faults} faults`);
  });
});

Deno.test("a restored buffer in 1970 gives no number twice, and announces what it lacks", () =>
  inFolder(async (folder) => {
    const buffer = await openLossyFolder(folder, NOW_MS, 1);
    buffer.write(100);
    await buffer.crash(() => buffer.keepCopy(), NOW_MS + 5_000);
    buffer.write(75);
    await buffer.writeMark();
    await buffer.crash(() => buffer.restoreCopy(), 12_000);
    buffer.write(75);
    deepStrictEqual(buffer.lost(), []);
    strictEqual(new Set(buffer.epochs).size, 3);
    buffer.close();
  }));

Deno.test("numbers that were delivered before are not announced when the buffer's file is lost", () =>
  inFolder(async (folder) => {
    const buffer = await openLossyFolder(folder, NOW_MS, 1);
    buffer.write(500);
    buffer.deliver(500);
    await buffer.writeMark();
    buffer.write(20);
    buffer.deliver(5);
    await buffer.writeMark();
    await buffer.crash(() => buffer.removeAll(), NOW_MS + 5_000);
    deepStrictEqual(
      buffer.pendingGaps().map((
        { firstSeq, lastSeq, reason },
      ) => [firstSeq, lastSeq, reason]),
      [
        [506, 520, "buffer_lost"],
      ],
    );
    buffer.close();
  }));
