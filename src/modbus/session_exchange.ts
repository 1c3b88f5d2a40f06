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

/** Exchanges the requests of one session. */
export interface SessionExchange {
  /** Waits for the pause after the last request, and for the responses of lost requests. */
  pause(): Promise<void>;
  /** Performs one request; see `readOn`. */
  read(request: ReadRequest, on: ModbusConnection): Promise<Answer>;
}

/** Creates the exchange of a session. */
export function createSessionExchange(
  parts: SessionParts,
  link: SessionConnection,
): SessionExchange {
  const { clock } = parts;
  const direct = createDirectExchange(parts, link);
  const { exchange, pause } = createExchangeInStep(parts, link, direct);

  /**
   * Performs one request, and repeats it on a new connection if the old one may have
   * caused the fault: the device closed it before or instead of answering, or sent bytes
   * that are not a response, which may belong to the previous unit. A read can be repeated
   * safely. Both attempts count against the same deadline.
   */
  async function readOn(request: ReadRequest, on: ModbusConnection): Promise<Answer> {
    const startMs = clock.monotonicMs();
    const { signal } = link;
    const isOld = on.used || !on.alive;
    const isOtherUnit = on.used && direct.lastUnitId !== request.unitId;
    const first = await exchange(request, on);
    if (first.ok) return first;
    const { kind } = first.fault;
    if (!(kind === "closed" && isOld) && !(kind === "protocol" && isOtherUnit)) {
      return first;
    }
    if (signal.aborted || parts.options().echoesTransactionId === false) return first;
    const again = await link.ensure();
    const leftMs = request.timeoutMs - (clock.monotonicMs() - startMs);
    if (!again.ok || leftMs <= 0) return first;
    return await exchange({ ...request, timeoutMs: leftMs }, again.value);
  }

  return { pause, read: readOn };
}

/** An exchange with resynchronisation. */
interface ExchangeInStep {
  readonly pause: SessionExchange["pause"];
  /** Exchanges; without transaction ids after a resynchronisation probe, if one is needed. */
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

  async function pause(): Promise<void> {
    const { gapMs } = currentPauses(parts);
    const untilMs = Math.max(direct.lastEndMs + gapMs, quietUntilMs);
    const idleMs = untilMs - clock.monotonicMs();
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
    if (parts.options().echoesTransactionId !== false) {
      return direct.exchange(request, on);
    }
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

  return { pause, exchange };
}

/** An exchange as it is, with what it shows of the pauses that the device needs. */
interface DirectExchange {
  /** Monotonic time of the end of the last exchange. */
  readonly lastEndMs: number;
  readonly lastUnitId: number | undefined;
  exchange(request: ReadRequest, on: ModbusConnection): Promise<Answer>;
}

function createDirectExchange(
  { clock, options, pauseDetector }: SessionParts,
  link: SessionConnection,
): DirectExchange {
  let lastEndMs = -Infinity;
  let lastUnitId: number | undefined;

  return {
    get lastEndMs() {
      return lastEndMs;
    },
    get lastUnitId() {
      return lastUnitId;
    },
    async exchange(request, on) {
      const first = !on.used;
      const idleMs = clock.monotonicMs() - (first ? link.openedMs : lastEndMs);
      const answer = await on.exchange(request);
      lastEndMs = clock.monotonicMs();
      const sameUnit = lastUnitId === request.unitId;
      lastUnitId = request.unitId;
      const answered = answer.ok || isAnswer(answer.fault);
      // Bytes that are not a response do not show whether a pause is needed.
      if (answer.ok || answer.fault.kind !== "protocol") {
        const { gapMs, connectGapMs = 0 } = options();
        const outcome = { first, idleMs, sameUnit, count: request.count, answered };
        pauseDetector.observe(outcome, { gapMs, connectGapMs });
      }
      if (!answer.ok && !answered) {
        if (answer.fault.kind !== "closed") link.noteAborted();
        on.destroy();
      }
      return answer;
    },
  };
}

/** Whether the device answered, with an exception. The connection remains usable. */
function isAnswer({ kind }: ModbusFault): boolean {
  return kind === "exception";
}
