/**
 * Ports for programs that must be told one.
 *
 * @module
 */

/** Loopback ports that are free now; all are held until all are found, so they differ. */
export function freePorts(count: number): number[] {
  const held = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = held.map((listener) => listener.addr.port);
  for (const listener of held) listener.close();
  return ports;
}
