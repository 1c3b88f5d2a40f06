/**
 * The protocol between a running agent and the commands that control it, over the
 * agent's control socket.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import type { Log } from "../base/log.ts";
import { bad, good, type Result } from "../base/result.ts";
import {
  type ControlSocket,
  listenForControl,
  sendControlRequest,
} from "../platform/control_socket.ts";
import { absolutePath, realPath } from "../platform/files.ts";
import type { ReloadReport } from "./reload.ts";

/** The only request: to reload the configuration. */
interface ControlRequest {
  readonly ask: "reload";
  /** Absolute path of the configuration file. */
  readonly file: string;
}

type ControlResponse =
  | { readonly report: ReloadReport }
  /** Why the configuration was not reloaded, as text. */
  | { readonly fault: string };

/** Maximum wait for the response, in ms: a reload waits for the current send and its timeouts. */
const RESPONSE_LIMIT_MS = 120_000;

/** Path of the socket of the agent that uses a buffer. */
function socketPath(bufferPath: string): string {
  return `${bufferPath}.sock`;
}

/**
 * Listens for reload requests beside the buffer, which this process has locked. If the
 * file system does not support sockets, this is logged; `kill -HUP` still works.
 */
export function listenForReload(
  file: string,
  bufferPath: string,
  log: Log,
  reload: () => Promise<ReloadReport>,
): ControlSocket | undefined {
  async function respond(request: unknown): Promise<ControlResponse> {
    if (!isControlRequest(request)) {
      return { fault: "the running agent does not know this request" };
    }
    const own = await realPath(file);
    const requested = await realPath(request.file);
    if (own !== requested) {
      return { fault: `the running agent uses ${own}, not ${requested}` };
    }
    return { report: await reload() };
  }

  const path = socketPath(bufferPath);
  try {
    return listenForControl(path, respond);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const detail = `cannot listen for the command reload at ${path}: ${reason}`;
    log.event("host.control_failed", { detail });
    return undefined;
  }
}

/** Requests a reload from the agent that uses a buffer. The fault is text for people. */
export async function requestReload(
  file: string,
  bufferPath: string,
): Promise<Result<ReloadReport, string>> {
  const request: ControlRequest = { ask: "reload", file: absolutePath(file) };
  const sent = await sendControlRequest(
    socketPath(bufferPath),
    request,
    RESPONSE_LIMIT_MS,
  );
  if (!sent.ok) return sent;
  const response = sent.value as ControlResponse; // both ends are this program
  return "report" in response ? good(response.report) : bad(response.fault);
}

function isControlRequest(value: unknown): value is ControlRequest {
  return isObject(value) && value["ask"] === "reload" &&
    typeof value["file"] === "string";
}
