import { deepStrictEqual } from "node:assert/strict";
import { createFakePlant, inverterImage } from "../testing/devices/fake_plant.ts";
import { FULL_POLL_INTERVAL_MS } from "./poll.ts";

Deno.test("models that seldom change are read by the first poll and every few minutes", async () => {
  const { base, registers } = inverterImage();
  const chain = registers.slice(0, 122);
  const nameplate = [120, 26, 4, 500, 1, ...new Array(23).fill(0x8000)];
  const image = Uint16Array.from([...chain, ...nameplate, 0xffff, 0]);
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, { base, registers: image });
  const supervisor = plant.start([{ id: "inv", intervalMs: 10_000 }]);
  await plant.play(2 * FULL_POLL_INTERVAL_MS);
  await supervisor.stop();
  const ratings = plant.of("inv").map(({ fields }) => {
    const nameplate = fields["nameplate"] as Record<string, unknown> | null;
    return nameplate?.["power_rating_w"] ?? null;
  });
  const polls = 2 * FULL_POLL_INTERVAL_MS / 10_000;
  deepStrictEqual(
    ratings,
    Array.from({ length: polls }, (_, at) => at % (polls / 2) === 0 ? 5_000 : null),
  );
  const counts = unit.asked.slice(-polls).map(({ count }) => count);
  // The end of the chain is read with the nameplate, else by itself once a minute.
  deepStrictEqual([...new Set(counts)].toSorted((a, b) => a - b), [1, 29, 122]);
});
