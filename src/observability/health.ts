/**
 * Derives the health of the agent from its status: problems as text, most severe first.
 * `/healthz`, `/readyz`, `/status`, the command `status` and the status line of systemd
 * show them. Pure.
 *
 * @module
 */

import { formatUnitAddress } from "../base/network/address.ts";
import type {
  AgentStatus,
  BufferStatus,
  DeviceStatus,
  Health,
  HealthProblem,
} from "./status.ts";

/** Input of the health check. */
export type HealthFacts =
  & Pick<
    AgentStatus,
    "phase" | "devices" | "buffer" | "uplink" | "clock" | "sinceAtMs" | "writtenAtMs"
  >
  & {
    /** Part that does not respond; null = none. */
    readonly stalled: string | null;
    /** Further problems of the agent, as text. */
    readonly notices: readonly string[];
  };

/** Number of devices that are named in one line; the others are counted. */
const NAMED_DEVICES_MAX = 3;

/** Share of its limit above which the buffer is reported as nearly full. */
const BUFFER_FULL_SHARE = 0.9;

/** Minimum of buffered rows, and of uptime in ms, for an estimate of the remaining time. */
const ESTIMATE_ROWS_MIN = 100;
const ESTIMATE_UPTIME_MIN_MS = 60_000;

/** Size of the write-ahead log, in shares, above which it is reported. */
const LOG_SHARE_EXCEEDED = 1.25;

/** How long an eviction is reported as a problem, in ms. */
const EVICTION_RECENT_MS = 600_000;

/** Lists the problems, most severe first. */
export function findProblems(facts: HealthFacts): readonly HealthProblem[] {
  const found = [
    ...agentProblems(facts),
    ...bufferProblems(facts),
    ...deviceProblems(facts),
    ...uplinkProblems(facts),
    ...clockProblems(facts),
  ];
  const isFailing = ({ severity }: HealthProblem): boolean => severity === "failing";
  return [...found.filter(isFailing), ...found.filter((each) => !isFailing(each))];
}

/** The highest severity; the problems are sorted. */
export function overallHealth(problems: readonly HealthProblem[]): Health {
  return problems[0]?.severity ?? "healthy";
}

/** Formats the status as one line: the problems, most severe first, then the counts of devices, buffered rows and delivered rows. */
export function summariseHealth(
  facts: HealthFacts,
  problems: readonly HealthProblem[],
): string {
  const { devices, buffer, uplink, phase } = facts;
  const parts = problems.map(({ text }) => text);
  if (phase !== "running") parts.unshift(phase);
  const answering = devices.filter(answers).length;
  if (phase === "running") {
    parts.push(`${answering} of ${devices.length} devices answer`);
  }
  if (buffer !== null) parts.push(`${buffer.rows} rows buffered`);
  if (uplink !== null) parts.push(`${uplink.rowsDelivered} delivered`);
  return parts.join("; ");
}

/** Why the agent is not ready to collect; null if it is. An unreachable uplink is no reason. */
export function notReadyReason({ phase, devices, buffer }: HealthFacts): string | null {
  if (phase !== "running") return phase;
  if (buffer === null) return "buffer not open yet";
  if (buffer.error !== null) return `buffer cannot write: ${buffer.error}`;
  const connecting = devices.filter(({ state }) => state === "connecting").length;
  return connecting === 0
    ? null
    : `${connecting} of ${devices.length} devices not contacted yet`;
}

function answers({ state }: DeviceStatus): boolean {
  return state === "online" || state === "asleep";
}

function* agentProblems({ stalled, notices }: HealthFacts): Generator<HealthProblem> {
  if (stalled !== null) {
    yield { severity: "failing", part: "agent", text: `${stalled} does not respond` };
  }
  for (const text of notices) yield { severity: "degraded", part: "agent", text };
}

function* bufferProblems(
  { buffer, writtenAtMs }: HealthFacts,
): Generator<HealthProblem> {
  if (buffer === null) return;
  if (buffer.error !== null) {
    const text = `buffer cannot write: ${buffer.error}`;
    yield { severity: "failing", part: "buffer", text };
  }
  if (buffer.logBytes > LOG_SHARE_EXCEEDED * buffer.logBytesMax) {
    const text =
      `a process reads the buffer in one long transaction: ${buffer.path}-wal ` +
      `exceeds its share of max_bytes (fuser -v ${buffer.path}-shm names the process)`;
    yield { severity: "degraded", part: "buffer", text };
  }
  const { givenUpAtMs, givenUp } = buffer;
  if (givenUpAtMs !== null && writtenAtMs - givenUpAtMs < EVICTION_RECENT_MS) {
    const text = `buffer evicts records: ${givenUp} since the start`;
    yield { severity: "failing", part: "buffer", text };
  } else if (usedShare(buffer) >= BUFFER_FULL_SHARE) {
    const text = `buffer ${percent(buffer)} full: when it is full, ` +
      "the oldest records are evicted";
    yield { severity: "failing", part: "buffer", text };
  }
}

function usedShare({ bytes, bytesMax }: BufferStatus): number {
  return bytes / bytesMax;
}

function percent(buffer: BufferStatus): string {
  return `${Math.floor(usedShare(buffer) * 100)} %`;
}

function* deviceProblems({ devices, phase }: HealthFacts): Generator<HealthProblem> {
  if (devices.length === 0 && phase === "running") {
    const text = "no devices are polled: none configured, none discovered";
    yield { severity: "degraded", part: "devices", text };
  }
  const quarantined = devices.filter(({ state }) => state === "quarantined");
  if (quarantined.length > 0) {
    const count = `${quarantined.length} ${
      quarantined.length === 1 ? "device" : "devices"
    }`;
    const text = `${count} quarantined after repeated failures: ${list(quarantined)}`;
    yield { severity: "failing", part: "devices", text };
  }
  const offline = devices.filter(({ state }) => state === "offline");
  if (offline.length === 0) return;
  const all = offline.length === devices.length;
  const text = all && devices.length > 1
    ? `no device answers: ${list(offline)}`
    : `${offline.length} of ${devices.length} devices offline: ${list(offline)}`;
  // Not "failing": inverters without a battery are off every night.
  yield { severity: "degraded", part: "devices", text };
}

function* uplinkProblems(facts: HealthFacts): Generator<HealthProblem> {
  const { uplink } = facts;
  if (uplink === null) return;
  for (const alarm of uplink.alarms) {
    yield { severity: "degraded", part: "uplink", text: `uplink: ${alarm}` };
  }
  // The state is irrelevant: between two attempts it is "waiting", during one "sending".
  if (uplink.error === null || uplink.alarms.length > 0) return;
  const [kind] = uplink.name.split(" ");
  const text = `${kind} unavailable: ${uplink.error}${bufferingText(facts)}`;
  yield { severity: "degraded", part: "uplink", text };
}

/** `. Buffering: 21 records, room for about 20 days`; empty without a buffer. */
function bufferingText({ buffer, sinceAtMs, writtenAtMs }: HealthFacts): string {
  if (buffer === null) return "";
  const { rows, bytes, bytesMax, stored } = buffer;
  const uptimeMs = writtenAtMs - sinceAtMs;
  const canEstimate = rows >= ESTIMATE_ROWS_MIN && stored > 0 &&
    uptimeMs >= ESTIMATE_UPTIME_MIN_MS;
  const room = canEstimate
    ? `room for about ${
      formatDuration((bytesMax - bytes) / (bytes / rows) * uptimeMs / stored)
    }`
    : `buffer ${percent(buffer)} full`;
  return `. Buffering: ${rows} records, ${room}`;
}

/** In the largest unit of which there are at least two. */
function formatDuration(durationMs: number): string {
  const hours = durationMs / 3_600_000;
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours >= 2 ? `${Math.floor(hours)} h` : `${Math.floor(hours * 60)} min`;
}

function* clockProblems({ clock }: HealthFacts): Generator<HealthProblem> {
  if (clock.synced !== false) return;
  const text = "clock of this machine not synchronised";
  yield { severity: "degraded", part: "clock", text };
}

/**
 * `inv-01 at 10.0.0.7:502 unit 1 (reason), 10.0.0.8:502 unit 1 (reason) and 7 more`,
 * with the first sentence of each reason.
 */
function list(devices: readonly DeviceStatus[]): string {
  const named = devices.slice(0, NAMED_DEVICES_MAX).map(
    ({ id, host, port, unitId, reason }) => {
      const address = formatUnitAddress(host, port, unitId);
      const name = id === null ? address : `${id} at ${address}`;
      const [sentence] = reason?.split(". ") ?? [];
      return sentence === undefined ? name : `${name} (${sentence})`;
    },
  );
  const rest = devices.length - named.length;
  return `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
