/**
 * What a server does with the sockets of its clients, and how it waits.
 *
 * @module
 */

/** Writes all bytes, however many pieces that takes. */
export async function writeAll(
  client: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await client.write(bytes.subarray(at));
}

/** What a connection that ends throws, at either side. */
export function isFarewell(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.BadResource ||
    thrown instanceof Deno.errors.Interrupted ||
    thrown instanceof Deno.errors.ConnectionReset ||
    thrown instanceof Deno.errors.ConnectionAborted ||
    thrown instanceof Deno.errors.BrokenPipe ||
    thrown instanceof Deno.errors.NotConnected ||
    thrown instanceof Deno.errors.TimedOut ||
    thrown instanceof Deno.errors.UnexpectedEof;
}

/** Closes what may be closed already. */
export function closeQuietly(socket: { close(): void }): void {
  try {
    socket.close();
  } catch {
    // closed already
  }
}

/** Waits, or less once `signal` aborts. */
export function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(done, durationMs);
  signal.addEventListener("abort", done, { once: true });
  function done(): void {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  }
  return promise;
}
