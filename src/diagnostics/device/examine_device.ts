/**
 * Examines one device: timing, limits, behaviour and contents, with the settings that
 * follow.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { linkSignals } from "../../base/linked_signal.ts";
import type { Clock } from "../../base/clock.ts";
import type { DeviceTable } from "../../config/device_tables.ts";
import { serialiseQuirks } from "../../device/quirks.ts";
import type { DiscoveryFault } from "../../discovery/discovery_fault.ts";
import {
  type OpenDevice,
  openDevice,
  readModels,
} from "../../discovery/open_device.ts";
import { describeSnapshotFault } from "../../discovery/snapshot.ts";
import type { ModbusSession, SessionPool } from "../../modbus/reader.ts";
import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { type Advice, type Finding, finding } from "../finding.ts";
import { formatMs, nearestRank } from "../measurement.ts";
import { checkLateAnswers, checkParallelSessions } from "./behaviour.ts";
import { assessChain, assessClock, assessValues } from "./contents.ts";
import { assessNumberForms } from "./number_forms.ts";
import { assessReads, measureReads } from "./read_limits.ts";
import {
  type DiagnosticsTarget,
  type DiscoveredTarget,
  withSession,
} from "./target.ts";
import { assessTimes, measureTimes } from "./timing.ts";

/** Which device to examine, and how. */
export interface DeviceExaminationOptions {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  /** Zero-based address of the SunS marker; null = try the standard ones. */
  readonly base: number | null;
  /** Timeout of each request and of a connect, in ms. */
  readonly timeoutMs: number;
  /** Whether to open several sessions at once. */
  readonly intrusive: boolean;
}

/** Dependencies of an examination of a device. */
export interface DeviceExaminationDependencies {
  readonly clock: Clock;
  /** Creates the connections of one client. */
  readonly openPool: () => SessionPool;
  readonly loadDefinition: LoadDefinition;
  /** Called with the description of each step when it begins. */
  readonly onStep: (step: string) => void;
  /** Aborts when the time limit has passed. */
  readonly timeLimit: AbortSignal;
}

/** Why an examination ended early. */
export type ExaminationFault =
  | { readonly kind: "not-found"; readonly fault: DiscoveryFault }
  | { readonly kind: "cancelled" }
  | { readonly kind: "time-limit" };

/** The result of an examination. */
export interface DeviceExamination {
  readonly findings: readonly Finding[];
  /** The `[[devices]]` table with the recommended settings; null = incomplete. */
  readonly table: DeviceTable | null;
  /** Why it ended early; null = complete. */
  readonly fault: ExaminationFault | null;
}

/**
 * Examines a device. If `signal` or the time limit aborts it, the findings so far
 * are returned.
 */
export async function examineDevice(
  options: DeviceExaminationOptions,
  dependencies: DeviceExaminationDependencies,
  signal: AbortSignal,
): Promise<DeviceExamination> {
  const { timeLimit, onStep } = dependencies;
  const findings: Finding[] = [];
  using linked = linkSignals([signal, timeLimit]);
  const either = linked.signal;
  const { host, port, unitId, timeoutMs, intrusive } = options;
  const { openPool, clock } = dependencies;
  const target: DiagnosticsTarget = {
    openPool,
    clock,
    host,
    port,
    unitId,
    timeoutMs,
    signal: either,
  };
  try {
    onStep("looking for the device");
    const opened = await withSession(
      target,
      0,
      (session) => examineContents(session, options, dependencies, findings, either),
    );
    if (!opened.ok) {
      const fault: ExaminationFault = { kind: "not-found", fault: opened.fault };
      return { findings, table: null, fault };
    }
    const { layout } = opened.value;
    const checks = checkBehaviour({ ...target, layout }, intrusive, onStep);
    for await (const found of checks) findings.push(...found);
    const table = toTable(options, opened.value, findings);
    return { findings, table, fault: null };
  } catch (error) {
    if (!either.aborted) throw error;
    const kind = signal.aborted ? "cancelled" : "time-limit";
    return { findings, table: null, fault: { kind } };
  }
}

/** Discovers the device and reads all models twice; adds findings as it proceeds. */
async function examineContents(
  session: ModbusSession,
  options: DeviceExaminationOptions,
  { clock, loadDefinition, onStep }: DeviceExaminationDependencies,
  findings: Finding[],
  signal: AbortSignal,
): Promise<Result<OpenDevice, DiscoveryFault>> {
  const startMs = clock.monotonicMs();
  const connected = await session.connect(signal);
  const connectMs = clock.monotonicMs() - startMs;
  const opened = await openDevice(session, { ...options, loadDefinition }, signal);
  if (!opened.ok) return bad(opened.fault);
  if (connected.ok) findings.push(assessConnect(connectMs, options.timeoutMs));
  findings.push(...assessChain(opened.value.layout));
  onStep("reading all models twice");
  findings.push(...await checkValues(opened.value, clock));
  return good(opened.value);
}

function assessConnect(ms: number, timeoutMs: number): Finding {
  return ms < timeoutMs / 3
    ? finding("connect", "ok", formatMs(ms), "nothing to do")
    : finding(
      "connect",
      "warning",
      formatMs(ms),
      "slow: raise connect_timeout_ms, and check the network",
    );
}

async function checkValues(
  device: OpenDevice,
  clock: Clock,
): Promise<readonly Finding[]> {
  const first = await readModels(device);
  const second = await readModels(device);
  for (const snapshot of [first, second]) {
    if (snapshot.ok) continue;
    return [
      finding(
        "reading all models",
        "failure",
        describeSnapshotFault(snapshot.fault),
        "a poll would miss its slot; see the response times",
      ),
    ];
  }
  if (!first.ok || !second.ok) return [];
  return [
    ...assessValues(first.value, second.value),
    ...assessNumberForms(first.value, second.value, device.definitions),
    assessClock(second.value, clock.wallMs()),
  ];
}

/** Measures timing, limits and behaviour; yields the findings of each check. */
async function* checkBehaviour(
  target: DiscoveredTarget,
  intrusive: boolean,
  onStep: (step: string) => void,
): AsyncGenerator<readonly Finding[]> {
  onStep("measuring response times and pauses");
  const trials = await measureTimes(target);
  yield assessTimes(trials);
  const last = trials.at(-1);
  if (last === undefined || last.times.length === 0) return;
  const { gapMs, times } = last;
  onStep("measuring the largest read");
  yield assessReads(await measureReads(target, gapMs));
  onStep("dropping connections before the response");
  yield [await checkLateAnswers(target, gapMs, nearestRank(times, 0.5))];
  if (!intrusive) return;
  onStep("opening several sessions");
  yield [await checkParallelSessions(target)];
}

/** The device's table, with all recommended settings. */
function toTable(
  { host, port, unitId }: DeviceExaminationOptions,
  { layout }: OpenDevice,
  findings: readonly Finding[],
): DeviceTable {
  const advice = findings.reduce<Advice>(
    (all, { advice }) => ({ ...all, ...advice }),
    {},
  );
  const { timeoutMs, ...quirks } = advice;
  const { manufacturer, model, serial } = layout.identity;
  const name = [manufacturer, model].filter((text) => text !== null).join(" ");
  return {
    comments: [`${name || "(no name)"}, serial ${serial ?? "-"}`],
    id: null,
    host,
    port,
    unitIds: [unitId],
    settings: {
      ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
      ...serialiseQuirks(quirks),
    },
  };
}
