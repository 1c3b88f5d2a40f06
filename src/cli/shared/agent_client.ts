/**
 * Asks a running agent how it stands: for `status`, and for commands that must
 * leave alone what an agent polls.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { type AgentStatus, STATUS_FORMAT } from "../../observability/status.ts";

/** Where an agent answers unless it is configured otherwise. */
export const AGENT_URL = "http://127.0.0.1:9464";

/** How long an agent may take to answer, in ms. */
export const ASK_LIMIT_MS = 5_000;

/** A status is no longer than this: 1,000 devices take a twentieth of it. */
const STATUS_BYTES_MAX = 16 * 1024 * 1024;

/** Why there is no status. */
export interface AskFault {
  /** `silent`: nobody answers there; `stranger`: somebody else does. */
  readonly kind: "silent" | "stranger";
  /** In words, for people. */
  readonly detail: string;
}

/** Asks the agent at `url` (`http://HOST:PORT`, with or without a path). Never rejects. */
export async function askAgent(
  url: string,
  signal: AbortSignal,
): Promise<Result<AgentStatus, AskFault>> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_LIMIT_MS)]);
  let text: string;
  try {
    const address = new URL(url);
    if (address.pathname === "/") address.pathname = "/status";
    const response = await fetch(address, { signal: limit, redirect: "error" });
    text = await readText(response);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad({ kind: "silent", detail: `No agent answers at ${url}: ${why}` });
  }
  const status = parseStatus(text);
  if (status !== undefined) return good(status);
  const detail = `What answers at ${url} is no agent of this kind: it says ${
    JSON.stringify(text.slice(0, 60))
  }`;
  return bad({ kind: "stranger", detail });
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > STATUS_BYTES_MAX) throw new Error("the answer does not end");
  }
  return text + decoder.decode();
}

/** The text as a status; undefined if it is none of the format that is known here. */
function parseStatus(text: string): AgentStatus | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isStatus = typeof value === "object" && value !== null &&
      "format" in value && value.format === STATUS_FORMAT &&
      "devices" in value && Array.isArray(value.devices);
    return isStatus ? value as AgentStatus : undefined;
  } catch {
    return undefined;
  }
}
