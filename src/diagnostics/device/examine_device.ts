/**
 * `doctor HOST[:PORT]`: examines a device and says which settings follow.
 *
 * @module
 */

import type { Result } from "../../base/result.ts";
import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { judgeChain, judgeClock, judgeValues } from "./contents.ts";
import { type Advice, type Finding, finding, inMs, quantile } from "../finding.ts";
import { examineLateness, examineSessions } from "./behaviour.ts";
import { type KnownPatient, type Patient, withSession } from "./target.ts";
import { judgeReads, measureReads } from "./read_limits.ts";
import { judgeTimes, measureTimes } from "./timing.ts";
import { nameQuirks } from "../../device/quirks.ts";
import type { ModbusSession } from "../../modbus/reader.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import type { DeviceBlock } from "../../cli/shared/device_blocks.ts";
import { EXIT } from "../../cli/framework/exit_codes.ts";
import {
  findDevice,
  type FoundDevice,
  lookAt,
  type LookFault,
} from "../../cli/shared/device_view.ts";

/** What to examine, and how. */
export interface DeviceExamOptions {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  readonly base: number | null;
  readonly timeoutMs: number;
  readonly intrusive: boolean;
}

/** What an examination gave. */
export interface DeviceExam {
  readonly findings: readonly Finding[];
  /** The table for the configuration; null = no device was found. */
  readonly block: DeviceBlock | null;
  /** Why it ended early; null = it did not. */
  readonly fault: LookFault | null;
}

/** All that is measured may take so long, in ms. */
export const EXAM_LIMIT_MS = 180_000;

/** Examines; `tell` hears of each step as it begins. Ends early, with what it has, when `signal` aborts. */
export async function examineDevice(
  options: DeviceExamOptions,
  tell: (step: string) => void,
  signal: AbortSignal,
): Promise<DeviceExam> {
  const { host, port, unitId, timeoutMs } = options;
  const findings: Finding[] = [];
  let block: DeviceBlock | null = null;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(EXAM_LIMIT_MS)]);
  const patient: Patient = {
    openPool: () => createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM),
    clock: SYSTEM_CLOCK,
    host,
    port,
    unitId,
    timeoutMs,
    signal: limit,
  };
  try {
    tell("looking for the device");
    const found = await withSession(
      patient,
      0,
      (session) => examineContents(session, options, patient, findings, tell),
    );
    if (!found.ok) return { findings, block, fault: found.fault };
    const known: KnownPatient = { ...patient, layout: found.value.layout };
    findings.push(...await examineManners(known, options.intrusive, tell));
    block = blockOf(options, found.value, findings);
    return { findings, block, fault: null };
  } catch (error) {
    if (!limit.aborted) throw error;
    const words = signal.aborted
      ? "called off; what was found until then is told"
      : `it took more than ${
        EXAM_LIMIT_MS / 1_000
      } s; what was found until then is told`;
    return { findings, block, fault: { words, code: EXIT.failure } };
  }
}

/** Finds the device and looks at all that it has, twice; tells what it finds as it goes. */
async function examineContents(
  session: ModbusSession,
  options: DeviceExamOptions,
  { clock, signal, timeoutMs }: Patient,
  findings: Finding[],
  tell: (step: string) => void,
): Promise<Result<FoundDevice, LookFault>> {
  const startMs = clock.monotonicMs();
  const connected = await session.connect(signal);
  const connectMs = clock.monotonicMs() - startMs;
  const found = await findDevice({ reader: session, dump: null }, options, signal);
  if (!found.ok) return found;
  if (connected.ok) findings.push(judgeConnect(connectMs, timeoutMs));
  findings.push(...judgeChain(found.value.layout));
  tell("reading all models twice");
  findings.push(...await examineValues(found.value));
  return found;
}

function judgeConnect(ms: number, timeoutMs: number): Finding {
  return ms < timeoutMs / 3
    ? finding("connect", "good", inMs(ms), "nothing to do")
    : finding(
      "connect",
      "note",
      inMs(ms),
      "slow: raise connect_timeout_ms, and look at the network",
    );
}

async function examineValues(device: FoundDevice): Promise<readonly Finding[]> {
  const first = await lookAt(device, []);
  const second = await lookAt(device, []);
  if (!first.ok || !second.ok) {
    const fault = first.ok ? second : first;
    const words = fault.ok ? "" : fault.fault.words;
    return [
      finding(
        "reading all models",
        "bad",
        words,
        "a poll would miss its slot; see the answer times",
      ),
    ];
  }
  return [
    ...judgeValues(first.value.models, second.value.models),
    judgeClock(second.value.models, SYSTEM_CLOCK.wallMs()),
  ];
}

async function examineManners(
  patient: KnownPatient,
  intrusive: boolean,
  tell: (step: string) => void,
): Promise<readonly Finding[]> {
  tell("measuring answer times and pauses");
  const trials = await measureTimes(patient);
  const findings = [...judgeTimes(trials)];
  const last = trials.at(-1);
  const gapMs = last?.gapMs ?? 0;
  if ((last?.times.length ?? 0) === 0) return findings;
  tell("measuring the largest read");
  findings.push(...judgeReads(await measureReads(patient, gapMs)));
  tell("hanging up and asking again");
  const p50 = quantile(last?.times ?? [], 0.5);
  findings.push(await examineLateness(patient, gapMs, p50));
  if (intrusive) {
    tell("opening several sessions");
    findings.push(await examineSessions(patient));
  }
  return findings;
}

/** The device's table, with every setting that follows from the findings. */
function blockOf(
  { host, port, unitId }: DeviceExamOptions,
  { layout }: FoundDevice,
  findings: readonly Finding[],
): DeviceBlock {
  const advice = findings.reduce<Advice>(
    (all, { advice }) => ({ ...all, ...advice }),
    {},
  );
  const { timeoutMs, ...quirks } = advice;
  const { manufacturer, model, serial } = layout.identity;
  const who = [manufacturer, model].filter((text) => text !== null).join(" ");
  return {
    comments: [`${who || "(no name)"}, serial ${serial ?? "-"}`],
    id: null,
    host,
    port,
    unitIds: [unitId],
    settings: {
      ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
      ...nameQuirks(quirks),
    },
  };
}
