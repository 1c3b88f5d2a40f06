/**
 * The HTTP routes of the agent. Pure.
 *
 * @module
 */

import {
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  PROMETHEUS_CONTENT_TYPE,
  textResponse,
} from "./messages.ts";
import type { AgentStatus } from "../status.ts";

/** Sources of the responses. */
export interface RouteSources {
  /** Current status. */
  readonly status: () => AgentStatus;
  /** Current metrics in the Prometheus text format. */
  readonly metrics: () => Promise<string>;
  /** `monotonicMs` of the clock. */
  readonly nowMs: () => number;
}

/** How long a response is reused, in ms: frequent requests cost no more than rare ones. */
export const RESPONSE_REUSE_MS = 250;

const INDEX = `sunspec-collector
/status   status of the agent as JSON
/healthz  200 if every part responds, else 503
/readyz   200 once the agent collects readings, else 503
/metrics  metrics for Prometheus`;

/** Creates the function that handles requests. */
export function createRoutes(
  { status, metrics, nowMs }: RouteSources,
): (request: HttpRequest) => Promise<HttpResponse> {
  const routes: Readonly<Record<string, () => HttpResponse | Promise<HttpResponse>>> = {
    "/": () => textResponse(200, INDEX),
    "/status": () => jsonResponse(200, status()),
    "/healthz": () => {
      const { alive, summary } = status();
      return textResponse(alive ? 200 : 503, summary);
    },
    "/readyz": () => {
      const { ready, summary } = status();
      return textResponse(ready ? 200 : 503, summary);
    },
    "/metrics": async () => ({
      status: 200,
      type: PROMETHEUS_CONTENT_TYPE,
      body: await metrics(),
    }),
  };
  const cache = new Map<string, CachedResponse>();

  return async ({ path }) => {
    const make = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (make === undefined) return textResponse(404, `Not found. Available:\n${INDEX}`);
    const cached = cache.get(path);
    if (cached !== undefined && nowMs() - cached.atMs < RESPONSE_REUSE_MS) {
      return await cached.response;
    }
    const response = Promise.resolve(make());
    cache.set(path, { response, atMs: nowMs() });
    return await response;
  };
}

/** A response, possibly still in progress: concurrent requests share it. */
interface CachedResponse {
  readonly response: Promise<HttpResponse>;
  readonly atMs: number;
}
