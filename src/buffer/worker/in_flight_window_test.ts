import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import {
  createInFlightWindow,
  IN_FLIGHT_BYTES_MAX,
  IN_FLIGHT_ROWS_MAX,
} from "./in_flight_window.ts";

const FOREVER = new AbortController().signal;

Deno.test("reserve() admits waiting appends in the order of their calls", async () => {
  const window = createInFlightWindow();
  await window.reserve(IN_FLIGHT_ROWS_MAX, 1, FOREVER);
  const admitted: number[] = [];
  const waits = [1, 2, 3].map((rows) =>
    window.reserve(rows, 0, FOREVER).then(() => void admitted.push(rows))
  );
  await Promise.resolve();
  deepStrictEqual(admitted, []);
  strictEqual(window.rows, IN_FLIGHT_ROWS_MAX);
  window.complete(3, 0);
  await Promise.all(waits.slice(0, 2));
  deepStrictEqual(admitted, [1, 2]);
  window.complete(6, 0);
  await waits[2];
  deepStrictEqual(admitted, [1, 2, 3]);
});

Deno.test("reserve() limits bytes as well as rows", async () => {
  const window = createInFlightWindow();
  await window.reserve(1, IN_FLIGHT_BYTES_MAX, FOREVER);
  let admitted = false;
  const wait = window.reserve(1, 1, FOREVER).then(() => void (admitted = true));
  await Promise.resolve();
  strictEqual(admitted, false);
  window.complete(1, IN_FLIGHT_BYTES_MAX);
  await wait;
});

Deno.test("reserve() admits an append that is larger than the window when nothing is in flight", async () => {
  const window = createInFlightWindow();
  await window.reserve(10 * IN_FLIGHT_ROWS_MAX, 10 * IN_FLIGHT_BYTES_MAX, FOREVER);
  strictEqual(window.rows, 10 * IN_FLIGHT_ROWS_MAX);
});

Deno.test("an aborted reservation does not block the next ones", async () => {
  const window = createInFlightWindow();
  await window.reserve(IN_FLIGHT_ROWS_MAX - 5, 0, FOREVER);
  const stop = new AbortController();
  const large = window.reserve(100, 0, stop.signal);
  const small = window.reserve(5, 0, FOREVER);
  stop.abort(new Error("stopped"));
  await rejects(large, { message: "stopped" });
  await small;
});

Deno.test("fail() rejects waiting and future reservations", async () => {
  const window = createInFlightWindow();
  await window.reserve(IN_FLIGHT_ROWS_MAX, 0, FOREVER);
  const wait = window.reserve(1, 0, FOREVER);
  window.fail(new Error("worker ended"));
  await rejects(wait, { message: "worker ended" });
  await rejects(window.reserve(1, 0, FOREVER), { message: "worker ended" });
});
