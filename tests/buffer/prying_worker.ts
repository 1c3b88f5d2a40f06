/**
 * A worker that attempts operations the buffer's worker has no permission for, and
 * throws an error that lists those that succeeded.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

const TRIES: Readonly<Record<string, (outside: string) => unknown>> = {
  "read a file": () => Deno.readTextFileSync("/etc/passwd"),
  "write a file": (outside) => Deno.writeTextFileSync(`${outside}/new`, ""),
  "open a database": (outside) => new DatabaseSync(`${outside}/new.db`),
  "see the environment": () => Deno.env.toObject(),
  "name the host": () => Deno.hostname(),
  "start a program": () => new Deno.Command("true").outputSync(),
  "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
};

addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const { data } = event;
  const inside: string = data.options.path;
  new DatabaseSync(inside).close();
  const outside = inside.slice(0, inside.lastIndexOf("/queue"));
  const could = Object.keys(TRIES).filter((name) => {
    try {
      TRIES[name]?.(outside);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return false;
      throw error;
    }
  });
  throw new Error(`could: ${could.join(", ")}.`);
});
