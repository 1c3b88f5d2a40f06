/**
 * One connection to one address, shared by every unit behind it. Requests go
 * out one at a time, in the order they came. Pure: connections come by an
 * {@linkcode OpenLink}, time by a {@linkcode Clock}.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ModbusLink, OpenLink } from "./connection.ts";
import type { FoundPace, PaceFinder } from "./pause_detector.ts";
import type { ModbusSession, Pace, ReadRequest } from "./reader.ts";
import { createRequestQueue } from "./request_queue.ts";
import { assertReadable, isBusy } from "./request.ts";
import type { Sounder } from "./resynchronisation.ts";

/** How often a request is asked again that the device was too busy for. */
export const BUSY_RETRIES = 2;

/** The waits before those; other requests go first meanwhile. */
export const BUSY_BACKOFF: BackoffLimits = { firstMs: 100, longestMs: 1_000 };

/**
 * How often a connect is tried again that was refused right after this side
 * broke off: a device with one connection needs a moment to notice.
 */
export const RECONNECT_RETRIES = 2;

/** The waits before those. */
export const RECONNECT_BACKOFF: BackoffLimits = { firstMs: 250, longestMs: 1_000 };

/** What a session stands on. */
export interface SessionParts {
  /** IPv4 or IPv6 address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** What the device at the address needs; asked anew each time. */
  readonly pace: () => Pace;
  readonly openLink: OpenLink;
  /** What is known of the pace at this address; it outlives the session. */
  readonly finder: PaceFinder;
  /** What may still be under way there; it outlives the session too. */
  readonly sounder: Sounder;
  readonly clock: Clock;
  readonly chance: Random;
}

type Answer = Result<Uint16Array, ModbusFault>;
type Opened = Result<ModbusLink, ModbusFault>;

/** Without transaction ids: how long nothing is asked after a request was lost, at most. */
export const QUIET_MAX_MS = 1_000;

const DISCONNECTED: ModbusFault = { kind: "closed", detail: "by us" };
const OUT_OF_STEP: ModbusFault = {
  kind: "protocol",
  detail: "a refusal that may be meant for an earlier request",
};

/**
 * Makes a session without a connection.
 *
 * A time-out is one unit's own: the connection is given up, the next request
 * opens another and has its whole deadline. A connect that fails is the fault
 * of every request that waits for it.
 */
export function createSession(parts: SessionParts): ModbusSession {
  const { clock, chance, sounder } = parts;
  const queue = createRequestQueue();
  let link: ModbusLink | undefined;
  let opening: Promise<Opened> | undefined;
  let life = new AbortController();
  let openedMs = -Infinity;
  let lastEndMs = -Infinity;
  /** Until then answers to what was lost may come, and nobody must be there for them. */
  let quietUntilMs = -Infinity;
  let lastUnitId: number | undefined;
  let brokeOff = false;
  let serving = false;

  async function open(): Promise<Opened> {
    const mine = life;
    try {
      for (let attempt = 1;; attempt++) {
        const { connectTimeoutMs, echoesTransactionId = true } = parts.pace();
        const { ip, port } = parts;
        const opened = await parts.openLink(
          { ip, port, connectTimeoutMs, echoesTransactionId },
          mine.signal,
        );
        if (mine.signal.aborted) {
          if (opened.ok) opened.value.destroy();
          return bad(DISCONNECTED);
        }
        if (opened.ok) {
          await settle(opened.value, mine.signal);
          link = opened.value;
          brokeOff = false;
          return opened;
        }
        if (!brokeOff || attempt > RECONNECT_RETRIES || !isBrief(opened.fault)) {
          brokeOff = false;
          return opened;
        }
        await clock.sleep(backoffMs(attempt, RECONNECT_BACKOFF, chance), mine.signal);
      }
    } catch (error) {
      if (mine.signal.aborted) return bad(DISCONNECTED);
      throw error;
    }
  }

  function ensureLink(): Promise<Opened> {
    if (link?.alive === true) return Promise.resolve(good(link));
    if (opening === undefined) {
      const mine = opening = open().finally(() => {
        if (opening === mine) opening = undefined;
      });
    }
    return opening;
  }

  /** The rests that were asked for, or longer ones that were found to be needed. */
  function paceNow(): FoundPace {
    const { gapMs, connectGapMs = 0 } = parts.pace();
    const { kept } = parts.finder;
    return {
      gapMs: Math.max(gapMs, kept.gapMs),
      connectGapMs: Math.max(connectGapMs, kept.connectGapMs),
    };
  }

  /** Leaves a device that was just connected to alone for as long as it needs. */
  async function settle(opened: ModbusLink, signal: AbortSignal): Promise<void> {
    openedMs = clock.monotonicMs();
    const { connectGapMs } = paceNow();
    if (connectGapMs === 0) return;
    try {
      await clock.sleep(connectGapMs, signal);
    } catch (error) {
      opened.destroy();
      throw error;
    }
  }

  /** Waits until the gap after the last request has passed, and answers that were lost. */
  async function rest(): Promise<void> {
    const untilMs = Math.max(lastEndMs + paceNow().gapMs, quietUntilMs);
    const restMs = untilMs - clock.monotonicMs();
    if (restMs > 0) await clock.sleep(restMs, life.signal).catch(() => {});
  }

  /**
   * Carries one request; once more on a fresh connection if what went wrong may
   * be a matter of the old one (reading twice harms nobody): the device closed it
   * before the request was sent or instead of answering, or bytes came that are
   * no answer, which may be the rest of what the unit before had to say. Both
   * times count against the same deadline.
   */
  async function carry(request: ReadRequest, on: ModbusLink): Promise<Answer> {
    const startMs = clock.monotonicMs();
    const { signal } = life;
    const old = on.used || !on.alive;
    const inherited = on.used && lastUnitId !== request.unitId;
    const first = await inStep(request, on);
    if (first.ok) return first;
    const { kind } = first.fault;
    if (!(kind === "closed" && old) && !(kind === "protocol" && inherited)) {
      return first;
    }
    if (signal.aborted || parts.pace().echoesTransactionId === false) return first;
    const again = await ensureLink();
    const leftMs = request.timeoutMs - (clock.monotonicMs() - startMs);
    if (!again.ok || leftMs <= 0) return first;
    return await inStep({ ...request, timeoutMs: leftMs }, again.value);
  }

  /** An exchange; where no transaction id vouches for the answer, after a sounding. */
  async function inStep(request: ReadRequest, on: ModbusLink): Promise<Answer> {
    if (parts.pace().echoesTransactionId !== false) return exchange(request, on);
    const sounding = sounder.before(request);
    if (sounding !== undefined) {
      const sounded = await noted(sounding, on);
      // An exception has no length: it may be anybody's.
      if (!sounded.ok) {
        return bad(isHealthy(sounded.fault) ? OUT_OF_STEP : sounded.fault);
      }
      await rest();
    }
    return await noted(request, on);
  }

  async function noted(request: ReadRequest, on: ModbusLink): Promise<Answer> {
    const answer = await exchange(request, on);
    if (answer.ok) sounder.answered(request);
    else {
      // A refusal may be meant for an earlier request: its own may yet come.
      sounder.lost(request);
      quietUntilMs = lastEndMs + Math.min(request.timeoutMs, QUIET_MAX_MS);
    }
    return answer;
  }

  async function exchange(request: ReadRequest, on: ModbusLink): Promise<Answer> {
    const first = !on.used;
    const restMs = clock.monotonicMs() - (first ? openedMs : lastEndMs);
    const answer = await on.exchange(request);
    lastEndMs = clock.monotonicMs();
    const sameUnit = lastUnitId === request.unitId;
    lastUnitId = request.unitId;
    const answered = answer.ok || isHealthy(answer.fault);
    // Bytes that are no answer say nothing of the pace.
    if (answer.ok || answer.fault.kind !== "protocol") {
      const { gapMs, connectGapMs = 0 } = parts.pace();
      const exchanged = { first, restMs, sameUnit, count: request.count, answered };
      parts.finder.note(exchanged, { gapMs, connectGapMs });
    }
    if (!answer.ok && !answered) {
      brokeOff ||= answer.fault.kind !== "closed";
      on.destroy();
    }
    return answer;
  }

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    try {
      while (queue.size > 0) {
        await rest();
        if (queue.size === 0) break;
        const opened = await ensureLink();
        if (!opened.ok) {
          queue.failAll(opened.fault);
          continue;
        }
        const job = queue.take();
        if (job !== undefined) await job.carry(carry(job.request, opened.value));
      }
    } catch (bug) {
      queue.throwAll(bug);
    } finally {
      serving = false;
    }
  }

  async function ask(request: ReadRequest, signal: AbortSignal): Promise<Answer> {
    const answer = queue.put(request, signal);
    serve();
    return await answer;
  }

  return {
    address: parts.ip.includes(":")
      ? `[${parts.ip}]:${parts.port}`
      : `${parts.ip}:${parts.port}`,
    async read(request, signal) {
      assertReadable(request);
      for (let attempt = 1;; attempt++) {
        const answer = await ask(request, signal);
        if (attempt > BUSY_RETRIES || !isBusy(answer)) return answer;
        await clock.sleep(backoffMs(attempt, BUSY_BACKOFF, chance), signal);
      }
    },
    async connect(signal) {
      signal.throwIfAborted();
      const { promise, reject } = Promise.withResolvers<never>();
      const abort = (): void => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      try {
        const opened = await Promise.race([ensureLink(), promise]);
        return opened.ok ? good(undefined) : opened;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    disconnect() {
      life.abort();
      life = new AbortController();
      opening = undefined;
      queue.failAll(DISCONNECTED);
      link?.destroy();
      link = undefined;
      return Promise.resolve();
    },
  };
}

/** The device answered: no. The connection stands. */
function isHealthy({ kind }: ModbusFault): boolean {
  return kind === "exception";
}

/** A refusal that may pass in a moment. */
function isBrief(fault: ModbusFault): boolean {
  return fault.kind === "unreachable" &&
    (fault.why === "refused" || fault.why === "reset");
}
