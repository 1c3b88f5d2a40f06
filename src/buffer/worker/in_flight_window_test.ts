import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import {
  BYTES_ON_THE_WAY_MAX,
  createHandover,
  ROWS_ON_THE_WAY_MAX,
} from "./in_flight_window.ts";

const FOREVER = new AbortController().signal;

Deno.test("appends wait in the order of their calls once the way is full", async () => {
  const handover = createHandover();
  await handover.room(ROWS_ON_THE_WAY_MAX, 1, FOREVER);
  const entered: number[] = [];
  const waits = [1, 2, 3].map((rows) =>
    handover.room(rows, 0, FOREVER).then(() => void entered.push(rows))
  );
  await Promise.resolve();
  deepStrictEqual(entered, []);
  strictEqual(handover.rows, ROWS_ON_THE_WAY_MAX);
  handover.done(3, 0);
  await Promise.all(waits.slice(0, 2));
  deepStrictEqual(entered, [1, 2]);
  handover.done(6, 0);
  await waits[2];
  deepStrictEqual(entered, [1, 2, 3]);
});

Deno.test("bytes are bounded as rows are", async () => {
  const handover = createHandover();
  await handover.room(1, BYTES_ON_THE_WAY_MAX, FOREVER);
  let entered = false;
  const wait = handover.room(1, 1, FOREVER).then(() => void (entered = true));
  await Promise.resolve();
  strictEqual(entered, false);
  handover.done(1, BYTES_ON_THE_WAY_MAX);
  await wait;
});

Deno.test("what is larger than the whole way goes alone", async () => {
  const handover = createHandover();
  await handover.room(10 * ROWS_ON_THE_WAY_MAX, 10 * BYTES_ON_THE_WAY_MAX, FOREVER);
  strictEqual(handover.rows, 10 * ROWS_ON_THE_WAY_MAX);
});

Deno.test("one who leaves keeps nobody waiting", async () => {
  const handover = createHandover();
  await handover.room(ROWS_ON_THE_WAY_MAX - 5, 0, FOREVER);
  const stop = new AbortController();
  const large = handover.room(100, 0, stop.signal);
  const small = handover.room(5, 0, FOREVER);
  stop.abort(new Error("stopped"));
  await rejects(large, { message: "stopped" });
  await small;
});

Deno.test("a failure refuses those who wait and those who come", async () => {
  const handover = createHandover();
  await handover.room(ROWS_ON_THE_WAY_MAX, 0, FOREVER);
  const wait = handover.room(1, 0, FOREVER);
  handover.fail(new Error("gone"));
  await rejects(wait, { message: "gone" });
  await rejects(handover.room(1, 0, FOREVER), { message: "gone" });
});
