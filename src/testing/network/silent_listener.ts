/**
 * A listener whose queue of connections is full, so that the kernel drops each further
 * SYN: the address looks like that of a machine that is off.
 *
 * @module
 */

import { pause } from "../pause.ts";

/** Connections that fill a queue of the shortest length. */
const FILLERS = 4;

/** The listener. */
export interface SilentListener extends AsyncDisposable {
  readonly port: number;
  /** Accepts connections from now on; the kernel repeats a SYN after about a second. */
  answer(): void;
}

/** Starts a silent listener. */
export async function startSilentListener(
  hostname: string,
  port = 0,
): Promise<SilentListener> {
  const listener = Deno.listen({ hostname, port, tcpBacklog: 1 });
  const over = new AbortController();
  const connections = new Set<Deno.Conn>();
  const target = { hostname, port: listener.addr.port };
  const fillers = Array.from(
    { length: FILLERS },
    () =>
      Deno.connect({ ...target, signal: over.signal }).then(
        (connection) => void connections.add(connection),
        () => {},
      ),
  );
  await pause(200);
  let serving: Promise<void> | undefined;
  return {
    port: target.port,
    answer() {
      serving ??= (async () => {
        for await (const connection of listener) connections.add(connection);
      })();
    },
    async [Symbol.asyncDispose]() {
      over.abort(new Error("the listener is closed"));
      listener.close();
      await Promise.all([...fillers, serving]);
      for (const connection of connections) connection.close();
    },
  };
}
