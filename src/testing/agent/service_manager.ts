/**
 * An independent receiver of sd_notify messages.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { PYTHON } from "../project_root.ts";

/** A receiver of sd_notify messages. */
export interface FakeServiceManager {
  /** Messages so far. */
  readonly messages: readonly string[];
  /** Waits for a message that contains the line, or that matches the pattern. */
  waitFor(expected: string | RegExp): Promise<void>;
  /** Stops the receiver; returns every message. */
  close(): Promise<readonly string[]>;
}

/** Limit of a wait for a message, against hangs. */
const WAIT_LIMIT_MS = 60_000;

/** Starts a receiver: a datagram socket in Python. */
export async function startServiceManager(path: string): Promise<FakeServiceManager> {
  const child = new Deno.Command(PYTHON, {
    args: ["-c", LISTEN, path],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const messages: string[] = [];
  let rest = "";
  /** Reads further messages; false after the process has exited. */
  async function readMessages(): Promise<boolean> {
    const { value, done } = await reader.read();
    if (done) return false;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) messages.push(JSON.parse(line));
    return true;
  }
  while (messages.length === 0) ok(await readMessages(), "the receiver did not start");
  messages.length = 0;
  return {
    messages,
    async waitFor(expected) {
      const matches = (message: string): boolean =>
        typeof expected === "string"
          ? message.split("\n").includes(expected)
          : expected.test(message);
      // The agent sends messages at least each second, so this loop ends in time.
      const endMs = performance.now() + WAIT_LIMIT_MS;
      while (!messages.some(matches)) {
        ok(
          performance.now() < endMs && await readMessages(),
          `no message ${expected} in ${JSON.stringify(messages)}`,
        );
      }
    },
    async close() {
      child.kill("SIGTERM");
      while (await readMessages());
      await child.status;
      return messages;
    },
  };
}

/** Prints each datagram as a JSON string; exits after 60 s without one. */
const LISTEN = `
import json, socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
manager.settimeout(60)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(manager.recv(65536).decode()), flush=True)
`;
