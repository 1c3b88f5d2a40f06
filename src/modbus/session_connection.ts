/**
 * The connection of a session: opens it when it is needed, waits for the pauses that the
 * device needs, and replaces it.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusConnection, OpenConnection } from "./connection.ts";
import type { ModbusFault } from "./faults.ts";
import type { PauseDetector, RequestPauses } from "./pause_detector.ts";
import type { ConnectionOptions } from "./reader.ts";
import type { Resynchroniser } from "./resynchronisation.ts";

/**
 * Number of retries of a connect that was refused right after the collector closed a
 * connection: a device that permits one connection needs time to notice.
 */
export const RECONNECT_RETRIES = 2;

/** The waits before these retries. */
export const RECONNECT_BACKOFF: BackoffLimits = { firstMs: 250, longestMs: 1_000 };

/** Dependencies of a session. */
export interface SessionParts {
  /** IPv4 or IPv6 address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** The current connection options; called before each use. */
  readonly options: () => ConnectionOptions;
  readonly openConnection: OpenConnection;
  /** Outlives the session. */
  readonly pauseDetector: PauseDetector;
  /** Outlives the session. */
  readonly resynchroniser: Resynchroniser;
  readonly clock: Clock;
  readonly random: Random;
}

/** The result of opening a connection. */
export type Opened = Result<ModbusConnection, ModbusFault>;

/** The fault of requests that a disconnect ends. */
export const DISCONNECTED: ModbusFault = { kind: "closed", detail: "by the collector" };

/** The connection of a session. */
export interface SessionConnection {
  /** Aborted by {@linkcode SessionConnection.close}; a new one after it. */
  readonly signal: AbortSignal;
  /** Monotonic time at which the current connection was opened. */
  readonly openedMs: number;
  /** The current connection if it is open and not to be replaced. */
  readonly current: ModbusConnection | undefined;
  /** The current connection; opens one if there is none, and joins an attempt in progress. */
  ensure(): Promise<Opened>;
  /** Closes the connection if it is to be replaced. */
  dropWorn(): void;
  /** Replaces the connection before the next request. */
  renew(): void;
  /** Notes that this side closed a connection: the device may need time to notice. */
  noteAborted(): void;
  /** Closes the connection and abandons an attempt in progress. */
  close(): void;
}

/** Creates the connection of a session; nothing is opened yet. */
export function createSessionConnection(parts: SessionParts): SessionConnection {
  let connection: ModbusConnection | undefined;
  let opening: Promise<Opened> | undefined;
  let life = new AbortController();
  let openedMs = -Infinity;
  let wasAborted = false;
  /** Whether the next request needs a new connection. */
  let isWorn = false;

  async function open(): Promise<Opened> {
    const { signal } = life;
    const opened = await connect(parts, signal, {
      mayRetry: () => wasAborted,
      noteOpened: () => void (openedMs = parts.clock.monotonicMs()),
    });
    if (signal.aborted) {
      if (opened.ok) opened.value.destroy();
      return bad(DISCONNECTED);
    }
    if (opened.ok) connection = opened.value;
    wasAborted = false;
    return opened;
  }

  return {
    get signal() {
      return life.signal;
    },
    get openedMs() {
      return openedMs;
    },
    get current() {
      return isWorn || connection?.alive !== true ? undefined : connection;
    },
    ensure() {
      if (connection?.alive === true) return Promise.resolve(good(connection));
      if (opening === undefined) {
        const mine = opening = open().finally(() => {
          if (opening === mine) opening = undefined;
        });
      }
      return opening;
    },
    dropWorn() {
      if (!isWorn) return;
      isWorn = false;
      if (connection === undefined) return;
      connection.destroy();
      connection = undefined;
      wasAborted = true; // the device may still count the old connection
    },
    renew: () => void (isWorn = true),
    noteAborted: () => void (wasAborted = true),
    close() {
      life.abort();
      life = new AbortController();
      opening = undefined;
      connection?.destroy();
      connection = undefined;
    },
  };
}

/** What the attempts of {@linkcode connect} depend on. */
interface ConnectHooks {
  /** Whether a refusal may be the consequence of a connection that this side closed. */
  readonly mayRetry: () => boolean;
  /** Called when a connection is open, before the pause after it. */
  readonly noteOpened: () => void;
}

/** Opens a connection, with retries after a refusal, and waits for the pause after it. */
async function connect(
  parts: SessionParts,
  signal: AbortSignal,
  { mayRetry, noteOpened }: ConnectHooks,
): Promise<Opened> {
  const { ip, port, clock, random } = parts;
  try {
    for (let attempt = 1;; attempt++) {
      const { connectTimeoutMs, echoesTransactionId = true } = parts.options();
      const opened = await parts.openConnection(
        { ip, port, connectTimeoutMs, echoesTransactionId },
        signal,
      );
      if (signal.aborted) {
        if (opened.ok) opened.value.destroy();
        return bad(DISCONNECTED);
      }
      if (opened.ok) {
        noteOpened();
        await pauseAfterConnect(parts, opened.value, signal);
        return opened;
      }
      const isFinal = !mayRetry() || attempt > RECONNECT_RETRIES;
      if (isFinal || !isTransient(opened.fault)) return opened;
      await clock.sleep(backoffMs(attempt, RECONNECT_BACKOFF, random), signal);
    }
  } catch (error) {
    if (signal.aborted) return bad(DISCONNECTED);
    throw error;
  }
}

/** The configured pauses, or longer ones that were detected. */
export function currentPauses(parts: SessionParts): RequestPauses {
  const { gapMs, connectGapMs = 0 } = parts.options();
  const { applied } = parts.pauseDetector;
  return {
    gapMs: Math.max(gapMs, applied.gapMs),
    connectGapMs: Math.max(connectGapMs, applied.connectGapMs),
  };
}

/** Waits for the pause that the device needs after the connection is opened. */
async function pauseAfterConnect(
  parts: SessionParts,
  opened: ModbusConnection,
  signal: AbortSignal,
): Promise<void> {
  const { connectGapMs } = currentPauses(parts);
  if (connectGapMs === 0) return;
  try {
    await parts.clock.sleep(connectGapMs, signal);
  } catch (error) {
    opened.destroy();
    throw error;
  }
}

/** Whether a connect may succeed after a short wait. */
function isTransient(fault: ModbusFault): boolean {
  return fault.kind === "unreachable" &&
    (fault.why === "refused" || fault.why === "reset");
}
