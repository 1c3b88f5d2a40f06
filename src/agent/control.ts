/**
 * What a running agent and the commands beside it say to each other over the
 * agent's control socket.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Log } from "../base/log.ts";
import { bad, good, type Result } from "../base/result.ts";
import {
  askControl,
  type ControlSocket,
  listenForControl,
} from "../platform/control_socket.ts";
import type { ReloadReport } from "./reload.ts";

/** The only question: to read the configuration anew. */
interface Question {
  readonly ask: "reload";
  /** The file that is meant, absolute. */
  readonly file: string;
}

/** Its answer. */
type Answer =
  | { readonly report: ReloadReport }
  /** In words: why nothing was done. */
  | { readonly fault: string };

/** A reload waits for the verdict of a send under way, which takes its time-outs. */
const ANSWER_LIMIT_MS = 120_000;

/** Where the agent that holds a buffer listens. */
function socketOf(bufferPath: string): string {
  return `${bufferPath}.sock`;
}

/**
 * Listens beside the buffer, which this process holds. A file system that has
 * no sockets is no reason not to run: it is said, and `kill -HUP` is left.
 */
export function openControl(
  file: string,
  bufferPath: string,
  log: Log,
  reload: () => Promise<ReloadReport>,
): ControlSocket | undefined {
  async function answer(question: unknown): Promise<Answer> {
    if (!isQuestion(question)) return { fault: "it does not know that question" };
    const own = await realPath(file);
    const asked = await realPath(question.file);
    if (own !== asked) return { fault: `it runs with ${own}, not with ${asked}` };
    return { report: await reload() };
  }

  const path = socketOf(bufferPath);
  try {
    return listenForControl(path, answer);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const detail = `the command reload cannot be heard at ${path}: ${why}`;
    log.event("host.control_failed", { detail });
    return undefined;
  }
}

/** Has the agent that holds a buffer reload; the fault says in words what is in the way. */
export async function askForReload(
  file: string,
  bufferPath: string,
): Promise<Result<ReloadReport, string>> {
  const question: Question = { ask: "reload", file: resolve(file) };
  const said = await askControl(socketOf(bufferPath), question, ANSWER_LIMIT_MS);
  if (!said.ok) return said;
  const answer = said.value as Answer; // both ends are this program
  return "report" in answer
    ? good(answer.report)
    : bad(`the agent says: ${answer.fault}`);
}

function isQuestion(value: unknown): value is Question {
  return typeof value === "object" && value !== null && "ask" in value &&
    value.ask === "reload" && "file" in value && typeof value.file === "string";
}

async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return resolve(path);
  }
}
