/**
 * The door between a running agent and the commands that speak to it: a socket
 * in the file system, so that its folder's permissions say who may. (A command
 * of the compiled program may not send signals: Deno asks for the permission to
 * run programs for that.) One line of JSON each way.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";

/** No question and no answer is longer, in bytes. */
const LINE_BYTES_MAX = 1024 ** 2;

/** More questions than this at a time are not heard. */
const CALLERS_MAX = 4;

/** A caller that says nothing is not waited for longer, in ms. */
const QUESTION_LIMIT_MS = 5_000;

/** Hears questions until it is closed. */
export interface ControlSocket {
  close(): void;
}

/**
 * Listens at `path`, which a process that was killed may have left behind: call
 * it only while nobody else can be listening there.
 *
 * @throws if a socket cannot stand there.
 */
export function listenForControl(
  path: string,
  answer: (question: unknown) => Promise<unknown>,
): ControlSocket {
  remove(path);
  const listener = Deno.listen({ transport: "unix", path });
  let callers = 0;

  async function serve(caller: Deno.Conn): Promise<void> {
    callers++;
    const timer = setTimeout(() => caller.close(), QUESTION_LIMIT_MS);
    try {
      const question: unknown = JSON.parse(await readLine(caller));
      clearTimeout(timer);
      await writeLine(caller, await answer(question));
      caller.close();
    } catch {
      // Who asks what is no question, or goes away, needs no answer.
      clearTimeout(timer);
      close(caller);
    } finally {
      callers--;
    }
  }

  (async () => {
    for await (const caller of listener) {
      if (callers < CALLERS_MAX) void serve(caller);
      else caller.close();
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
 * Asks the agent that listens at `path`.
 *
 * @returns its answer, or in words why there is none.
 */
export async function askControl(
  path: string,
  question: unknown,
  limitMs: number,
): Promise<Result<unknown, string>> {
  let connection: Deno.Conn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return bad(`${path} may not be used by this user`);
    }
    return bad(`nothing listens at ${path}`);
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    close(connection);
  }, limitMs);
  try {
    await writeLine(connection, question);
    return good(JSON.parse(await readLine(connection)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(late ? `no answer within ${limitMs} ms` : `no answer (${why})`);
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
    if (count === null) throw new Error("the other side has gone");
    total += count;
    if (total > LINE_BYTES_MAX) throw new Error("more than a line");
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
    // It is closed.
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is not there, or not ours: listening will tell.
  }
}
