/**
 * Measures what operations with a signal that lives for the whole program leave behind.
 * Prints one JSON object: {@linkcode Growth} by operation.
 *
 * `deno run -A --v8-flags=--expose-gc tests/platform/signal_memory.ts [CALLS] [CONNECTS]`
 *
 * @module
 */

import { linkSignals } from "../../src/base/linked_signal.ts";
import { createConnectionOpener } from "../../src/modbus/client.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { pause } from "../../src/testing/pause.ts";
import { printLine } from "../../src/testing/print_line.ts";

/** Growth of the heap per operation, in bytes, after a garbage collection. */
export interface Growth {
  readonly linkSignals: number;
  readonly connect: number;
  /** The reference: shows that the measurement detects a leak. */
  readonly abortSignalAny: number;
}

/** Operations before the first measurement. */
const WARM_UP = 2_000;

async function measure(count: number, operation: () => unknown): Promise<number> {
  for (let nth = 0; nth < WARM_UP; nth++) await operation();
  const before = await heapUsed();
  for (let nth = 0; nth < count; nth++) await operation();
  return (await heapUsed() - before) / count;
}

async function heapUsed(): Promise<number> {
  const { gc } = globalThis as unknown as { gc: () => void };
  for (let nth = 0; nth < 5; nth++) {
    gc();
    await pause(20);
  }
  return Deno.memoryUsage().heapUsed;
}

if (import.meta.main) {
  const calls = Number(Deno.args[0] ?? 200_000);
  const connects = Number(Deno.args[1] ?? 5_000);
  const { signal } = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = createConnectionOpener(SYSTEM_CLOCK);
  const target = { ip: "127.0.0.1", port: listener.addr.port, connectTimeoutMs: 5_000 };
  const growth: Growth = {
    linkSignals: await measure(calls, () => {
      using linked = linkSignals([signal, new AbortController().signal]);
      linked.signal.throwIfAborted();
    }),
    connect: await measure(connects, async () => {
      const opened = await open(target, signal);
      if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
      (await listener.accept()).close();
      opened.value.destroy();
    }),
    abortSignalAny: await measure(
      WARM_UP,
      () => AbortSignal.any([new AbortController().signal, signal]),
    ),
  };
  listener.close();
  printLine(JSON.stringify(growth));
}
