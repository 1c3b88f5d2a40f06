/**
 * A service manager's end of sd_notify, by an independent implementation.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { ROOT } from "./agent_program.ts";

/** The other end of sd_notify. */
export interface Manager {
  /** What came so far. */
  readonly messages: readonly string[];
  /** Waits until a message came that has this line, or matches. */
  heard(wanted: string | RegExp): Promise<void>;
  /** Ends it; gives every message. */
  close(): Promise<readonly string[]>;
}

/** A service manager's end of sd_notify: a real datagram socket, in Python. */
export async function startManager(path: string): Promise<Manager> {
  const child = new Deno.Command(`${ROOT}.tools/venv/bin/python`, {
    args: ["-c", LISTEN, path],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const messages: string[] = [];
  let rest = "";
  /** Reads on; false once it has ended. */
  async function more(): Promise<boolean> {
    const { value, done } = await reader.read();
    if (done) return false;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) messages.push(JSON.parse(line));
    return true;
  }
  while (messages.length === 0) ok(await more(), "the manager did not start");
  messages.length = 0;
  return {
    messages,
    async heard(wanted) {
      const fits = (message: string): boolean =>
        typeof wanted === "string"
          ? message.split("\n").includes(wanted)
          : wanted.test(message);
      while (!messages.some(fits)) {
        ok(await more(), `${wanted} did not come: ${JSON.stringify(messages)}`);
      }
    },
    async close() {
      child.kill("SIGTERM");
      while (await more());
      await child.status;
      return messages;
    },
  };
}

/** Prints each datagram as a JSON string; ends by itself after 60 s of silence. */
const LISTEN = `
import json, socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
manager.settimeout(60)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(manager.recv(65536).decode()), flush=True)
`;
