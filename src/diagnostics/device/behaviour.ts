/**
 * How a device behaves towards those who hang up on it, and towards several
 * clients at once.
 *
 * @module
 */

import { describeFault } from "../../modbus/faults.ts";
import type { SessionPool } from "../../modbus/reader.ts";
import { type Finding, finding } from "../finding.ts";
import { type KnownPatient, readTimed, withSession } from "./target.ts";

/** How often it is hung up on. */
const LATE_TRIALS = 3;
/** More sessions than a device needs to have. */
export const SESSIONS_TRIED = 5;

/**
 * Hangs up before the answer can be there and asks again at once: some gateways
 * hand the late answer to whoever is connected then.
 */
export async function examineLateness(
  patient: KnownPatient,
  gapMs: number,
  fastestMs: number,
): Promise<Finding> {
  const { layout } = patient;
  const span = { address: layout.base, count: 2 };
  const tooShortMs = Math.max(0.5, fastestMs / 3);
  let hungUp = 0;
  let foreign = 0;
  let lost = 0;
  await withSession(patient, gapMs, async (session) => {
    for (let nth = 0; nth < LATE_TRIALS; nth++) {
      const early = await readTimed(patient, session, span, tooShortMs);
      if (early.answer.ok) continue;
      hungUp++;
      const { answer } = await readTimed(patient, session, span);
      if (answer.ok) continue;
      if (answer.fault.kind === "protocol") foreign++;
      else lost++;
    }
  });
  const check = "late answers";
  if (hungUp === 0) {
    return finding(
      check,
      "good",
      "it answers too fast to be hung up on",
      "nothing to do",
    );
  }
  if (foreign > 0) {
    return finding(
      check,
      "note",
      `${foreign} of ${hungUp} times the answer to a request that was given up came to the next one`,
      "such answers are recognised and thrown away; a generous timeout_ms keeps them seldom",
    );
  }
  if (lost > 0) {
    return finding(
      check,
      "note",
      `${lost} of ${hungUp} times nobody answered right after a connection was given up`,
      "the device is slow to notice that a client has gone; a generous timeout_ms keeps that seldom",
    );
  }
  return finding(
    check,
    "good",
    `none (tried: ${hungUp})`,
    "a request that is given up disturbs nobody",
  );
}

/** Opens more and more sessions, each of which must answer while the others are open. */
export async function examineSessions(patient: KnownPatient): Promise<Finding> {
  const { openPool, host, port, timeoutMs, layout } = patient;
  const span = { address: layout.base, count: 2 };
  const open: SessionPool[] = [];
  let most = 0;
  let why = "";
  try {
    for (let nth = 1; nth <= SESSIONS_TRIED; nth++) {
      const own = openPool();
      open.push(own);
      const lease = own.lease({
        host,
        port,
        gapMs: 0,
        connectTimeoutMs: timeoutMs,
        fixedPace: true,
      });
      let { answer } = await readTimed(patient, lease.session, span);
      // One answer may be lost on the way.
      if (!answer.ok) ({ answer } = await readTimed(patient, lease.session, span));
      if (!answer.ok) {
        why = describeFault(answer.fault);
        break;
      }
      most = nth;
    }
  } finally {
    for (const one of open) await one.close();
  }
  const check = "parallel sessions";
  if (most >= SESSIONS_TRIED) {
    return finding(
      check,
      "good",
      `${most} at once`,
      "other clients do not disturb the agent",
    );
  }
  const found = `${most} at once; one more: ${why}`;
  return most <= 1
    ? finding(
      check,
      "note",
      found,
      "while the agent polls, no portal, energy manager or second agent can read the device, and the other way round",
    )
    : finding(
      check,
      "note",
      found,
      "count the clients that poll it: portal, energy manager, agent",
    );
}
