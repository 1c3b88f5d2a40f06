/**
 * The result of a demo. Pure.
 *
 * @module
 */

import type { AgentSummary } from "../../agent/agent_types.ts";
import { formatBytes, formatCount, plural } from "../../base/format.ts";

/** The JSON object that `demo --json` prints. */
export interface DemoReport {
  /** Devices that were polled successfully at least once. */
  readonly devices: number;
  /** Successful polls. */
  readonly polls: number;
  /** Records created. */
  readonly read: number;
  /** Rows committed to the buffer. */
  readonly stored: number;
  /** Rows that the destination acknowledged. */
  readonly delivered: number;
  /** Records that were not stored, and rows that were evicted from the buffer. */
  readonly lost: number;
  /** Duration from start to end, in seconds. */
  readonly seconds: number;
}

/** Computes the report from the counters of the agent. */
export function toReport(end: AgentSummary, elapsedMs: number): DemoReport {
  return {
    devices: end.devices.filter((device) => device.polls > 0).length,
    polls: end.devices.reduce((sum, device) => sum + device.polls, 0),
    read: end.recordsMade,
    stored: end.stored,
    delivered: end.pump?.rowsDelivered ?? 0,
    lost: end.recordsMade - end.stored + end.evicted,
    seconds: Math.round(elapsedMs / 100) / 10,
  };
}

/** Facts about the demo that the closing text mentions. */
export interface DemoSetup {
  /** `Avro files in DIR` or `Kafka at HOST:PORT`; null = the uplink is off. */
  readonly destination: string | null;
  readonly queueFile: string;
  readonly configFile: string;
  /** Size limit of the buffer (`buffer.max_bytes`). */
  readonly maxBytes: number;
}

/** Writes the closing text. */
export function describeReport(
  report: DemoReport,
  end: AgentSummary,
  { destination, queueFile, configFile, maxBytes }: DemoSetup,
): string {
  const { seconds, devices, polls, read, stored, delivered, lost } = report;
  const [made, saved, sent] = [read, stored, delivered].map(formatCount);
  const outcome = destination === null
    ? "none delivered because the uplink is off"
    : `${sent} delivered to ${destination}`;
  return [
    `In ${seconds} s, ${plural(devices, "device")} answered ${
      formatCount(polls)
    } polls, which produced ${made} records: ${saved} stored, ${outcome}.`,
    ...(lost === 0 ? ["No records were lost."] : [
      `${formatCount(lost)} ${
        lost > read ? "records, also of earlier runs," : `of ${made} records`
      } were DROPPED: ${
        end.evicted > 0
          ? `the ${formatBytes(maxBytes)} buffer is too small`
          : "the buffer could not store them"
      }.`,
    ]),
    ...(end.rowsLeft === 0
      ? []
      : [`${formatCount(end.rowsLeft)} undelivered records remain in ${queueFile}.`]),
    `Configuration: ${configFile}`,
  ].map((line) => `${line}\n`).join("");
}
