/**
 * Checks how a device handles dropped connections and several concurrent clients.
 *
 * @module
 */

import { describeFault } from "../../modbus/faults.ts";
import type { SessionPool } from "../../modbus/reader.ts";
import { MARKER_SIZE } from "../../sunspec/spec.ts";
import { type Finding, finding } from "../finding.ts";
import { type DiscoveredTarget, readTimed, withSession } from "./target.ts";

/** Number of connections that the check drops. */
const DROPS = 3;
/** Number of concurrent sessions tried; more than any device needs. */
const SESSIONS_TRIED = 5;

/**
 * Drops the connection before the response can arrive and repeats the request at once:
 * some gateways deliver a late response to the next connection.
 */
export async function checkLateAnswers(
  target: DiscoveredTarget,
  gapMs: number,
  typicalMs: number,
): Promise<Finding> {
  const span = { address: target.layout.base, count: MARKER_SIZE };
  const tooShortMs = Math.max(0.5, typicalMs / 3);
  const counts: LateAnswers = { dropped: 0, foreign: 0, lost: 0 };
  await withSession(target, gapMs, async (session) => {
    for (let nth = 0; nth < DROPS; nth++) {
      const early = await readTimed(target, session, span, tooShortMs);
      if (early.answer.ok) continue;
      counts.dropped++;
      const { answer } = await readTimed(target, session, span);
      if (answer.ok) continue;
      if (answer.fault.kind === "protocol") counts.foreign++;
      else counts.lost++;
    }
  });
  return assessLateAnswers(counts);
}

interface LateAnswers {
  /** Connections dropped before the response. */
  dropped: number;
  /** Of these, how often the next request received a response to another request. */
  foreign: number;
  /** Of these, how often the next request received no response. */
  lost: number;
}

function assessLateAnswers({ dropped, foreign, lost }: LateAnswers): Finding {
  const check = "late responses";
  if (dropped === 0) {
    return finding(
      check,
      "ok",
      "not testable: responses are too fast",
      "nothing to do",
    );
  }
  if (foreign > 0) {
    return finding(
      check,
      "warning",
      `after ${foreign} of ${dropped} dropped connections, the late response arrived after the next request`,
      "such responses are detected and discarded; a longer timeout_ms makes them rare",
    );
  }
  if (lost > 0) {
    return finding(
      check,
      "warning",
      `after ${lost} of ${dropped} dropped connections, the next request received no response`,
      "the device is slow to notice that a client has disconnected; a longer timeout_ms makes this rare",
    );
  }
  return finding(
    check,
    "ok",
    `none (tried: ${dropped})`,
    "a request that times out does not disturb the next one",
  );
}

/** Opens more and more sessions; each must answer while the others are open. */
export async function checkParallelSessions(
  target: DiscoveredTarget,
): Promise<Finding> {
  const { openPool, host, port, timeoutMs, layout } = target;
  const span = { address: layout.base, count: MARKER_SIZE };
  const pools: SessionPool[] = [];
  let most = 0;
  let why = "";
  try {
    for (let nth = 1; nth <= SESSIONS_TRIED; nth++) {
      const pool = openPool();
      pools.push(pool);
      const { session } = pool.acquire({
        host,
        port,
        gapMs: 0,
        connectTimeoutMs: timeoutMs,
        fixedPauses: true,
      });
      let { answer } = await readTimed(target, session, span);
      // One response may get lost.
      if (!answer.ok) ({ answer } = await readTimed(target, session, span));
      if (!answer.ok) {
        why = describeFault(answer.fault);
        break;
      }
      most = nth;
    }
  } finally {
    for (const pool of pools) await pool.close();
  }
  return assessSessions(most, why);
}

function assessSessions(most: number, why: string): Finding {
  const check = "parallel sessions";
  if (most >= SESSIONS_TRIED) {
    return finding(
      check,
      "ok",
      `${most} at the same time`,
      "other clients can connect while the agent polls",
    );
  }
  return finding(
    check,
    "warning",
    `${most} at the same time; one more failed: ${why}`,
    most <= 1
      ? "while the agent polls the device, no portal, energy manager or second agent can read it, and vice versa"
      : "count the clients that poll the device: portal, energy manager, agent",
  );
}
