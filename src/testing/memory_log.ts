/**
 * A log for tests.
 *
 * @module
 */

import type { EventName, Log, LogFields } from "../base/log.ts";

/** An event kept by {@linkcode createMemoryLog}. */
export interface LoggedEvent {
  /** Name of the event. */
  readonly name: EventName;
  /** Fields of the event. */
  readonly fields: LogFields;
}

/** Creates a log for tests that keeps the newest `countMax` events. */
export function createMemoryLog(
  countMax = 10_000,
): Log & { readonly events: readonly LoggedEvent[] } {
  const events: LoggedEvent[] = [];
  return {
    events,
    event(name, fields): void {
      events.push({ name, fields });
      if (events.length > countMax) events.shift();
    },
  };
}
