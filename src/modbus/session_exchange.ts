/**
 * Exchanges the requests of a session one at a time: with pauses, with resynchronisation
 * where there are no transaction ids, and once more where the connection may be at fault.
 *
 * @module
 */

import { bad, type Result } from "../base/result.ts";
import type { ModbusConnection } from "./connection.ts";
import type { ModbusFault } from "./faults.ts";
import type { ReadRequest } from "./reader.ts";
import {
  currentPauses,
  type SessionConnection,
  type SessionParts,
} from "./session_connection.ts";

/** Maximum wait after a lost request if there are no transaction ids, in ms. */
export const QUIET_MAX_MS = 1_000;

/** The response to a request. */
export type Answer = Result<Uint16Array, ModbusFault>;

const OUT_OF_STEP: ModbusFault = {
  kind: "protocol",
  detail: "an exception that may belong to an earlier request",
};

/** Receives the outcome of a request: one of its functions is called, once. */
export interface ExchangeHandlers {
  settled(answer: Answer): void;
  /** @param error a bug. */
  failed(error: unknown): void;
}

/** Exchanges the requests of one session. */
export interface SessionExchange {
  /** The connection on which a request can be sent now; undefined = it must wait. */
  readyConnection(): ModbusConnection | undefined;
  /** Waits for the pause after the last request, and for the responses of lost requests. */
  pause(): Promise<void>;
  /** Performs one request; repeats it once if the connection may have caused its fault. */
  send(request: ReadRequest, on: ModbusConnection, outcome: ExchangeHandlers): void;
}

/** Creates the exchange of a session. */
export function createSessionExchange(
  parts: SessionParts,
  link: SessionConnection,
): SessionExchange {
  const { clock } = parts;
  const direct = createDirectExchange(parts, link);
  const inStep = createExchangeInStep(parts, link, direct);

  /**
   * Whether a fault may be that of the connection: the device closed it before or instead
   * of answering, or sent bytes that are not a response, which may belong to the previous
   * unit. A read can be repeated safely.
   */
  function isOfConnection({ kind }: ModbusFault, sent: SentOn): boolean {
    if (sent.life.aborted) return false;
    return (kind === "closed" && sent.isOld) ||
      (kind === "protocol" && sent.isOtherUnit);
  }

  /** Repeats a request on a new connection. Both attempts count against the same deadline. */
  async function repeat(
    request: ReadRequest,
    first: Answer,
    { startMs }: SentOn,
  ): Promise<Answer> {
    const again = await link.ensure();
    const leftMs = request.timeoutMs - (clock.monotonicMs() - startMs);
    if (!again.ok || leftMs <= 0) return first;
    return await direct.exchange({ ...request, timeoutMs: leftMs }, again.value);
  }

  return {
    readyConnection: () => inStep.pauseMs() > 0 ? undefined : link.current,
    pause: inStep.pause,
    send(request, on, { settled, failed }) {
      if (parts.options().echoesTransactionId === false) {
        inStep.exchange(request, on).then(settled, failed);
        return;
      }
      const sent: SentOn = {
        startMs: clock.monotonicMs(),
        life: link.signal,
        isOld: on.used || !on.alive,
        isOtherUnit: on.used && direct.lastUnitId !== request.unitId,
      };
      direct.send(request, on, {
        failed,
        settled(answer) {
          if (answer.ok || !isOfConnection(answer.fault, sent)) settled(answer);
          else repeat(request, answer, sent).then(settled, failed);
        },
      });
    },
  };
}

/** The state of the connection when a request was sent on it. */
interface SentOn {
  readonly startMs: number;
  /** Aborted when the session was disconnected. */
  readonly life: AbortSignal;
  readonly isOld: boolean;
  /** Whether the connection was used for another unit before. */
  readonly isOtherUnit: boolean;
}

/** An exchange with resynchronisation, for gateways without transaction ids. */
interface ExchangeInStep {
  /** How long the next request must wait, in ms; 0 or less = it can be sent now. */
  pauseMs(): number;
  readonly pause: SessionExchange["pause"];
  /** Exchanges, after a resynchronisation probe if one is needed. */
  exchange(request: ReadRequest, on: ModbusConnection): Promise<Answer>;
}

function createExchangeInStep(
  parts: SessionParts,
  link: SessionConnection,
  direct: DirectExchange,
): ExchangeInStep {
  const { clock, resynchroniser } = parts;
  /** Until then answers to lost requests may arrive, and no request is sent. */
  let quietUntilMs = -Infinity;

  function pauseMs(): number {
    const { gapMs } = currentPauses(parts);
    const untilMs = Math.max(direct.lastEndMs + gapMs, quietUntilMs);
    return untilMs - clock.monotonicMs();
  }

  async function pause(): Promise<void> {
    const idleMs = pauseMs();
    if (idleMs > 0) await clock.sleep(idleMs, link.signal).catch(() => {});
  }

  async function exchangeRecorded(
    request: ReadRequest,
    on: ModbusConnection,
  ): Promise<Answer> {
    const answer = await direct.exchange(request, on);
    if (answer.ok) resynchroniser.answered(request);
    else {
      // An exception may belong to an earlier request: the response may still arrive.
      resynchroniser.lost(request);
      quietUntilMs = direct.lastEndMs + Math.min(request.timeoutMs, QUIET_MAX_MS);
    }
    return answer;
  }

  async function exchange(request: ReadRequest, on: ModbusConnection): Promise<Answer> {
    const probe = resynchroniser.probeBefore(request);
    if (probe !== undefined) {
      const probed = await exchangeRecorded(probe, on);
      // All exceptions have the same length: this one may belong to another request.
      if (!probed.ok) {
        return bad(isAnswer(probed.fault) ? OUT_OF_STEP : probed.fault);
      }
      await pause();
    }
    return await exchangeRecorded(request, on);
  }

  return { pauseMs, pause, exchange };
}

/** An exchange as it is, with what it shows of the pauses that the device needs. */
interface DirectExchange {
  /** Monotonic time of the end of the last exchange. */
  readonly lastEndMs: number;
  readonly lastUnitId: number | undefined;
  send(request: ReadRequest, on: ModbusConnection, outcome: ExchangeHandlers): void;
  /** {@linkcode DirectExchange.send} as a promise. */
  exchange(request: ReadRequest, on: ModbusConnection): Promise<Answer>;
}

function createDirectExchange(
  { clock, options, pauseDetector }: SessionParts,
  link: SessionConnection,
): DirectExchange {
  let lastEndMs = -Infinity;
  let lastUnitId: number | undefined;

  /** Notes an outcome; a connection that may be out of step is closed. */
  function note(
    { unitId, count }: ReadRequest,
    answer: Answer,
    on: ModbusConnection,
    first: boolean,
    idleMs: number,
  ): void {
    lastEndMs = clock.monotonicMs();
    const sameUnit = lastUnitId === unitId;
    lastUnitId = unitId;
    const answered = answer.ok || isAnswer(answer.fault);
    // Bytes that are not a response do not show whether a pause is needed.
    if (answer.ok || answer.fault.kind !== "protocol") {
      const { gapMs, connectGapMs = 0 } = options();
      const outcome = { first, idleMs, sameUnit, count, answered };
      pauseDetector.observe(outcome, { gapMs, connectGapMs });
    }
    if (!answer.ok && !answered) {
      if (answer.fault.kind !== "closed") link.noteAborted();
      on.destroy();
    }
  }

  function send(
    request: ReadRequest,
    on: ModbusConnection,
    { settled, failed }: ExchangeHandlers,
  ): void {
    const first = !on.used;
    const idleMs = clock.monotonicMs() - (first ? link.openedMs : lastEndMs);
    try {
      on.exchange(request, (answer) => {
        note(request, answer, on, first, idleMs);
        settled(answer);
      });
    } catch (error) {
      failed(error);
    }
  }

  return {
    get lastEndMs() {
      return lastEndMs;
    },
    get lastUnitId() {
      return lastUnitId;
    },
    send,
    exchange: (request, on) =>
      new Promise((settled, failed) => send(request, on, { settled, failed })),
  };
}

/** Whether the device answered, with an exception. The connection remains usable. */
function isAnswer({ kind }: ModbusFault): boolean {
  return kind === "exception";
}
