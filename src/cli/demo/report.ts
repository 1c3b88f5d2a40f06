/**
 * What a demo says when it ends. Pure.
 *
 * @module
 */

import type { AgentEnd } from "../../agent/agent.ts";

/** The one JSON object that `demo --json` prints. */
export interface DemoReport {
  /** Devices that answered. */
  readonly devices: number;
  /** Polls that answered. */
  readonly polls: number;
  /** Records made. */
  readonly read: number;
  /** Rows committed to the buffer. */
  readonly stored: number;
  /** Rows that the far side took. */
  readonly delivered: number;
  /** Records that no row was stored of, and rows that were given up. */
  readonly lost: number;
  /** From start to end, in seconds. */
  readonly seconds: number;
}

/** Computes the report from the agent's own counts. */
export function toReport(end: AgentEnd, elapsedMs: number): DemoReport {
  return {
    devices: end.devices.filter((device) => device.polls > 0).length,
    polls: end.devices.reduce((sum, device) => sum + device.polls, 0),
    read: end.made,
    stored: end.stored,
    delivered: end.pump?.rowsDelivered ?? 0,
    lost: end.made - end.stored + end.givenUp,
    seconds: Math.round(elapsedMs / 100) / 10,
  };
}

/** Where things went, for the summary. */
export interface DemoPlaces {
  /** `Avro files in DIR` or `Kafka at HOST:PORT`; null = nowhere. */
  readonly farSide: string | null;
  readonly queueFile: string;
  readonly configFile: string;
}

/** The closing paragraph. */
export function describeReport(
  report: DemoReport,
  end: AgentEnd,
  places: DemoPlaces,
): string {
  const to = places.farSide === null
    ? "the uplink was off"
    : `${report.delivered} were delivered to ${places.farSide}`;
  const rest = end.rowsLeft === 0
    ? "Nothing is left undelivered"
    : `${end.rowsLeft} rows remain undelivered in ${places.queueFile}`;
  const lost = report.lost === 0
    ? "nothing was lost"
    : `${report.lost} records were given up for want of room`;
  return `In ${report.seconds} s ${report.devices} devices answered ${report.polls} polls, ` +
    `which made ${report.read} records; ${report.stored} were stored, ${to}. ` +
    `${rest}, and ${lost}. The configuration that ran is ${places.configFile}.\n`;
}
