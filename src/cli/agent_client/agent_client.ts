/**
 * Requests the status of a running agent: for `status`, and for commands that skip
 * the devices that an agent polls.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { limitSignal } from "../../base/linked_signal.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { type AgentStatus, STATUS_FORMAT } from "../../observability/status.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";

/** Default URL of the agent's status server. */
export const AGENT_URL = "http://127.0.0.1:9464";

/** Time limit for the request, in ms. */
const STATUS_TIMEOUT_MS = 5_000;

/** Maximum size of a status, in bytes: about twenty times that of 1,000 devices. */
const STATUS_BYTES_MAX = 16 * 1024 * 1024;

/** Why there is no status. */
export interface AgentFault {
  /** `no-answer`, or `foreign`: another program answers. */
  readonly kind: "no-answer" | "foreign";
  /** Description with the command to try next. */
  readonly detail: string;
}

const CHECK = "Check: systemctl status sunspec-collector";

/**
 * Requests the status of an agent. Never rejects.
 *
 * @param url `http://HOST:PORT`, with or without a path.
 */
export async function fetchAgentStatus(
  url: string,
  signal: AbortSignal,
): Promise<Result<AgentStatus, AgentFault>> {
  const address = URL.parse(url);
  if (address === null) {
    const detail = `${JSON.stringify(url)} is not a URL; expected http://HOST:PORT`;
    return bad({ kind: "no-answer", detail });
  }
  if (address.pathname === "/") address.pathname = "/status";
  using limited = limitSignal(signal, SYSTEM_CLOCK, STATUS_TIMEOUT_MS);
  let text: string;
  try {
    const response = await fetch(address, {
      signal: limited.signal,
      redirect: "error",
    });
    text = await readText(response);
  } catch (error) {
    const detail = describeFailure(error, address, limited.expired);
    return bad({ kind: "no-answer", detail });
  }
  const status = parseStatus(text);
  if (status !== undefined) return good(status);
  const detail = `The server at ${url} is not an agent of this version; it answered ${
    JSON.stringify(text.slice(0, 60))
  }`;
  return bad({ kind: "foreign", detail });
}

function describeFailure(error: unknown, { host, origin }: URL, late: boolean): string {
  if (late) {
    return `No response from ${origin} within ${STATUS_TIMEOUT_MS / 1_000} s. ${CHECK}`;
  }
  // Deno 2.9 gives the reason as the cause of "fetch failed", 2.6 in the error itself.
  const reason = error instanceof Error ? error.cause ?? error : error;
  const why = reason instanceof Error ? reason.message : String(reason);
  return /connection refused/i.test(why)
    ? `Agent not running (nothing listens on ${host}). ${CHECK}`
    : `No agent responds at ${origin}: ${why}`;
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > STATUS_BYTES_MAX) {
      throw new Error(`the response exceeds ${STATUS_BYTES_MAX} bytes`);
    }
  }
  return text + decoder.decode();
}

/** Parses a status; undefined if it does not have the supported format. */
function parseStatus(text: string): AgentStatus | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isStatus = isObject(value) && value["format"] === STATUS_FORMAT &&
      Array.isArray(value["devices"]);
    return isStatus ? value as unknown as AgentStatus : undefined;
  } catch {
    return undefined;
  }
}
