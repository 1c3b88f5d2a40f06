/**
 * From what the agent knows of itself to what it tells: the one place where an
 * {@linkcode AgentStatus} is made.
 *
 * @module
 */

import type { AgentOptions, AgentView } from "./agent.ts";
import { shareBytes } from "../buffer/retention.ts";
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
  type Facts,
  findTroubles,
  healthOf,
  summarise,
  unreadiness,
} from "../observability/health.ts";
import type { DeviceReport } from "../poller/device_report.ts";

/** What does not change while the agent runs. */
export interface AgentFrame {
  readonly options: Pick<
    AgentOptions,
    "version" | "gateway" | "site" | "buffer" | "clock" | "clockSynced"
  >;
  readonly pid: number;
  /** When the process began, ms since the Unix epoch. */
  readonly sinceAtMs: number;
}

/** What does. */
export interface AgentMoment {
  readonly phase: AgentPhase;
  /** Null = not there yet. */
  readonly view: AgentView | null;
  readonly memory: MemoryStatus;
  /** What else a person should know, in words. */
  readonly notices: readonly string[];
}

/** Puts it together, with its words. */
export function toAgentStatus(
  { options, pid, sinceAtMs }: AgentFrame,
  { phase, view, memory, notices }: AgentMoment,
): AgentStatus {
  const facts: Facts = {
    phase,
    stalled: view?.stalled ?? null,
    notices,
    writtenAtMs: options.clock.wallMs(),
    devices: view?.devices.map(toDevice) ?? [],
    buffer: view === null ? null : toBuffer(view, options),
    uplink: view === null ? null : toUplink(view),
    clock: { synced: options.clockSynced() },
  };
  const { stalled, notices: _, ...told } = facts;
  const troubles = findTroubles(facts);
  return {
    format: STATUS_FORMAT,
    version: options.version,
    pid,
    gateway: options.gateway,
    site: options.site,
    sinceAtMs,
    health: healthOf(troubles),
    summary: summarise(facts, troubles),
    troubles,
    alive: stalled === null,
    ready: unreadiness(facts) === null,
    ...told,
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
  { buffer, bufferBytesMax }: AgentView,
  { buffer: { path } }: AgentFrame["options"],
): BufferStatus {
  const { rows, bytes, oldestAtMs, waiting, stored, storedBytes } = buffer;
  return {
    path,
    rows,
    bytes,
    bytesMax: shareBytes(bufferBytesMax).fileBytesMax,
    oldestAtMs,
    waiting,
    stored,
    storedBytes,
    givenUp: buffer.givenUp,
    givenUpAtMs: buffer.givenUpAtMs,
    deadLetters: buffer.deadLetters,
    commits: buffer.commits,
    commitsFailed: buffer.failedCommits,
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
    rowsRefused: pump.rowsBuried,
    error: lastError === null ? null : `${lastError.errorName}: ${lastError.detail}`,
    alarms: pump.alarms.map(({ text }) => text),
  };
}
