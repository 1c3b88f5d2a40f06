/**
 * Creates the {@linkcode AgentStatus} from the view of the agent.
 *
 * @module
 */

import type { AgentOptions, AgentView } from "./agent_types.ts";
import { isDiskFull } from "./disk_full.ts";
import { shareBytes } from "../buffer/retention.ts";
import { formatBytesExact } from "../config/schema/quantity.ts";
import {
  type AgentPhase,
  type AgentStatus,
  type BufferStatus,
  type DeviceStatus,
  type MemoryStatus,
  STATUS_FORMAT,
  type UplinkStatus,
} from "../observability/status.ts";
import {
  findProblems,
  type HealthFacts,
  notReadyReason,
  overallHealth,
  summariseHealth,
} from "../observability/health.ts";
import type { DeviceReport } from "../poller/device_report.ts";
import { describeSendFailure } from "../uplink/uplink.ts";

/** The part of the status that does not change while the agent runs. */
export interface StatusContext {
  readonly options: Pick<
    AgentOptions,
    "version" | "gateway" | "site" | "buffer" | "clock" | "clockSynced" | "freeBytes"
  >;
  readonly pid: number;
  /** Start of the process, in ms since the Unix epoch. */
  readonly sinceAtMs: number;
}

/** The part of the status that changes. */
export interface AgentState {
  readonly phase: AgentPhase;
  /** Null = the agent has not started yet. */
  readonly view: AgentView | null;
  readonly memory: MemoryStatus;
  /** Further notices for people, as text. */
  readonly notices: readonly string[];
}

/** Creates the status. */
export function toAgentStatus(
  { options, pid, sinceAtMs }: StatusContext,
  { phase, view, memory, notices }: AgentState,
): AgentStatus {
  const facts: HealthFacts = {
    phase,
    sinceAtMs,
    stalled: view?.stalled ?? null,
    notices: [...notices, ...bufferNotices(view, options.freeBytes())],
    writtenAtMs: options.clock.wallMs(),
    devices: view?.devices.map(toDevice) ?? [],
    buffer: view === null ? null : toBuffer(view, options),
    uplink: view === null ? null : toUplink(view),
    clock: { synced: options.clockSynced() },
  };
  const { stalled, notices: _, ...reported } = facts;
  const problems = findProblems(facts);
  return {
    format: STATUS_FORMAT,
    version: options.version,
    pid,
    gateway: options.gateway,
    site: options.site,
    health: overallHealth(problems),
    summary: summariseHealth(facts, problems),
    troubles: problems,
    alive: stalled === null,
    ready: notReadyReason(facts) === null,
    ...reported,
    memory,
  };
}

function toDevice(device: DeviceReport): DeviceStatus {
  const { identity, state } = device;
  const silent = state === "offline" || state === "quarantined";
  return {
    id: device.deviceId,
    host: device.host,
    port: device.port,
    unitId: device.unitId,
    state,
    reason: silent ? device.lastFailure : null,
    notes: silent ? [] : device.notes,
    manufacturer: identity?.manufacturer ?? null,
    model: identity?.model ?? null,
    serial: identity?.serial ?? null,
    lastPollAtMs: device.lastPollMs,
    polls: device.polls,
    failures: device.failures,
    slotsMissed: device.slotsMissed,
    overruns: device.overruns,
    records: device.records,
    restarts: device.restarts,
  };
}

function toBuffer(
  { buffer, maxBytes }: AgentView,
  { buffer: { path } }: StatusContext["options"],
): BufferStatus {
  const { rows, bytes, oldestAtMs, waiting, stored, storedBytes } = buffer;
  return {
    path,
    rows,
    bytes,
    bytesMax: shareBytes(maxBytes).fileBytesMax,
    oldestAtMs,
    waiting,
    stored,
    storedBytes,
    givenUp: buffer.evicted,
    givenUpAtMs: buffer.evictedAtMs,
    deadLetters: buffer.deadLetters,
    commits: buffer.commits,
    commitsFailed: buffer.failedCommits,
    logBytes: buffer.logBytes,
    logBytesMax: buffer.logBytesMax,
    error: buffer.lastError,
  };
}

function toUplink({ uplink, pump }: AgentView): UplinkStatus | null {
  if (uplink === null || pump === null) return null;
  const { lastError } = pump;
  return {
    name: uplink,
    state: pump.state,
    stateAtMs: pump.sinceMs,
    lastAckAtMs: pump.lastAckMs,
    batches: pump.batchesDelivered,
    rowsDelivered: pump.rowsDelivered,
    bytesDelivered: pump.bytesDelivered,
    retries: pump.retries,
    rowsRefused: pump.rowsDeadLettered,
    error: lastError === null ? null : describeSendFailure(lastError),
    alarms: pump.alarms.map(({ text }) => text),
  };
}

function bufferNotices(
  view: AgentView | null,
  freeBytes: number | null,
): readonly string[] {
  if (view === null) return [];
  const { maxBytesLeast } = view.buffer;
  const notices: string[] = [];
  if (isDiskFull(view.buffer, freeBytes)) {
    notices.push("the buffer's disk is full: free space, or lower max_bytes");
  }
  if (maxBytesLeast !== null) {
    const least = formatBytesExact(maxBytesLeast);
    notices.push(
      `buffer.max_bytes is too small for the devices found: set at least ${least}`,
    );
  }
  return notices;
}
