/**
 * The socket between a running agent and the commands that control it: a Unix socket
 * in the file system, protected by the permissions of its folder. Signals are not an
 * alternative, because Deno requires the permission to run programs for sending them.
 * The protocol is one line of JSON in each direction.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";

/** Maximum length of a request or response, in bytes. */
const LINE_BYTES_MAX = 1024 ** 2;

/** Maximum number of simultaneous clients; further connections are closed. */
const CLIENTS_MAX = 4;

/** Maximum wait for the request of a client, in ms. */
const REQUEST_LIMIT_MS = 5_000;

/** A listening socket. */
export interface ControlSocket {
  /** Stops listening and removes the socket file. */
  close(): void;
}

/**
 * Listens at `path`. A socket file left by a killed process is removed, so the client
 * must make sure that no other process is listening there.
 *
 * @throws if the socket cannot be created.
 */
export function listenForControl(
  path: string,
  respond: (request: unknown) => Promise<unknown>,
): ControlSocket {
  remove(path);
  const listener = Deno.listen({ transport: "unix", path });
  let clients = 0;

  async function serve(client: Deno.Conn): Promise<void> {
    clients++;
    const timer = setTimeout(() => client.close(), REQUEST_LIMIT_MS);
    try {
      const request: unknown = JSON.parse(await readLine(client));
      clearTimeout(timer);
      await writeLine(client, await respond(request));
      client.close();
    } catch {
      // A client that sent no valid request or disconnected gets no response.
      clearTimeout(timer);
      close(client);
    } finally {
      clients--;
    }
  }

  (async () => {
    for await (const client of listener) {
      if (clients < CLIENTS_MAX) void serve(client);
      else client.close();
    }
  })().catch(() => {}); // closed

  return {
    close(): void {
      listener.close();
      remove(path);
    },
  };
}

/**
 * Sends a request to the agent that listens at `path`.
 *
 * @returns its response, or a message why there is none.
 */
export async function sendControlRequest(
  path: string,
  request: unknown,
  limitMs: number,
): Promise<Result<unknown, string>> {
  let connection: Deno.Conn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return bad(`${path}: permission denied for this user`);
    }
    return bad(`nothing is listening on ${path}`);
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    close(connection);
  }, limitMs);
  try {
    await writeLine(connection, request);
    return good(JSON.parse(await readLine(connection)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(late ? `no response within ${limitMs} ms` : `no response (${why})`);
  } finally {
    clearTimeout(timer);
    close(connection);
  }
}

async function readLine(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(4_096);
  let text = "";
  for (let total = 0; !text.includes("\n");) {
    const count = await connection.read(chunk);
    if (count === null) throw new Error("connection closed by the peer");
    total += count;
    if (total > LINE_BYTES_MAX) throw new Error(`longer than ${LINE_BYTES_MAX} bytes`);
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
  return text;
}

async function writeLine(connection: Deno.Conn, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Missing, or without permission: listening reports it.
  }
}
