/**
 * Counters of the simulated server. Pure.
 *
 * @module
 */

/** Counters of a server; the object is live. */
export interface ServerStats {
  /** Received requests. */
  requests: number;
  /** Responses with registers. */
  answers: number;
  /** Exception responses, including injected ones. */
  exceptions: number;
  /** Injected faults that fired. */
  faults: number;
  /** Accepted clients. */
  sessions: number;
  /** Connected clients. */
  sessionsOpen: number;
  /** Clients rejected by the limit. */
  sessionsRefused: number;
  /** Clients disconnected because they sent something that is not Modbus. */
  malformed: number;
  /** Requests by unit id. */
  readonly byUnit: Map<number, number>;
}

/** Creates counters at 0; `clientCount` returns the number of connected clients. */
export function createServerStats(clientCount: () => number): ServerStats {
  return {
    requests: 0,
    answers: 0,
    exceptions: 0,
    faults: 0,
    sessions: 0,
    get sessionsOpen() {
      return clientCount();
    },
    sessionsRefused: 0,
    malformed: 0,
    byUnit: new Map(),
  };
}
