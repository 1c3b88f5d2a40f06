/**
 * Free ports for programs that take a port as an option.
 *
 * @module
 */

/** Free loopback ports; all stay bound until the last is found, so they differ. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
