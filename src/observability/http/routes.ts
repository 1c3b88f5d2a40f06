/**
 * What is to be had over HTTP, and how it reads. Pure.
 *
 * @module
 */

import {
  type HttpAnswer,
  type HttpRequest,
  jsonAnswer,
  PROMETHEUS,
  textAnswer,
} from "./http.ts";
import type { AgentStatus } from "../status.ts";

/** What is asked for answers. */
export interface RouteParts {
  /** Made anew at each call. */
  readonly status: () => AgentStatus;
  /** In Prometheus's text format. */
  readonly metrics: () => Promise<string>;
  /** `monotonicMs` of the clock. */
  readonly nowMs: () => number;
}

/** An answer is given again for so long: however often it is asked for, it costs no more. */
export const FRESH_MS = 250;

const INDEX = `sunspec-collector
/status   how the agent stands, as JSON
/healthz  200 if it lives, 503 if a part hangs
/readyz   200 once it collects, 503 until then
/metrics  for Prometheus`;

/** Makes the function that answers requests. */
export function createRoutes(
  { status, metrics, nowMs }: RouteParts,
): (request: HttpRequest) => Promise<HttpAnswer> {
  const routes: Readonly<Record<string, () => HttpAnswer | Promise<HttpAnswer>>> = {
    "/": () => textAnswer(200, INDEX),
    "/status": () => jsonAnswer(200, status()),
    "/healthz": () => {
      const { alive, summary } = status();
      return textAnswer(alive ? 200 : 503, summary);
    },
    "/readyz": () => {
      const { ready, summary } = status();
      return textAnswer(ready ? 200 : 503, summary);
    },
    "/metrics": async () => ({ status: 200, type: PROMETHEUS, body: await metrics() }),
  };
  const kept = new Map<
    string,
    Kept
  >();

  return async ({ path }) => {
    const make = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (make === undefined) return textAnswer(404, `Not here. There is:\n${INDEX}`);
    const known = kept.get(path);
    if (known !== undefined && nowMs() - known.atMs < FRESH_MS) {
      return await known.answer;
    }
    const answer = Promise.resolve(make());
    kept.set(path, { answer, atMs: nowMs() });
    return await answer;
  };
}

/** An answer, or one that is being made: whoever asks meanwhile gets it too. */
interface Kept {
  readonly answer: Promise<HttpAnswer>;
  readonly atMs: number;
}
