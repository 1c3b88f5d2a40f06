/**
 * What is wrong with the agent, in words, the worst first. `/healthz`,
 * `/readyz`, `/status`, the command `status` and systemd's status line all say
 * what is found here. Pure.
 *
 * @module
 */

import type { AgentStatus, DeviceStatus } from "./status.ts";

/**
 * How the agent stands: all is well; something is wrong and readings are safe
 * all the same; or readings are, or soon will be, lost.
 */
export type Health = "well" | "troubled" | "failing";

/** One thing that is wrong. */
export interface Trouble {
  readonly severity: Exclude<Health, "well">;
  readonly part: "agent" | "buffer" | "devices" | "uplink" | "clock";
  /** For people, without a full stop. */
  readonly text: string;
}

/** What is looked at. */
export type Facts =
  & Pick<
    AgentStatus,
    "phase" | "devices" | "buffer" | "uplink" | "clock" | "writtenAtMs"
  >
  & {
    /** The part that hangs; null = none. */
    readonly stalled: string | null;
    /** What else a person should know of the agent, in words. */
    readonly notices: readonly string[];
  };

/** So many devices are named in one line; the rest is counted. */
const DEVICES_NAMED_MAX = 3;

/** From this share of its bound on, a buffer is as good as full. */
const BUFFER_FULL_SHARE = 0.9;

/** Rows that were given up stay a trouble for so long, in ms. */
const GIVEN_UP_RECENT_MS = 600_000;

/** Lists what is wrong, the worst first. */
export function findTroubles(facts: Facts): readonly Trouble[] {
  const found = [
    ...agentTroubles(facts),
    ...bufferTroubles(facts),
    ...deviceTroubles(facts),
    ...uplinkTroubles(facts),
    ...clockTroubles(facts),
  ];
  const isFailing = ({ severity }: Trouble): boolean => severity === "failing";
  return [...found.filter(isFailing), ...found.filter((one) => !isFailing(one))];
}

/** The worst of what is wrong. */
export function healthOf(troubles: readonly Trouble[]): Health {
  return troubles[0]?.severity ?? "well";
}

/** One line: what is wrong, the worst first, then how much works. */
export function summarise(facts: Facts, troubles: readonly Trouble[]): string {
  const { devices, buffer, uplink, phase } = facts;
  const parts = troubles.map(({ text }) => text);
  if (phase !== "running") parts.unshift(phase);
  const answering = devices.filter(answers).length;
  if (phase === "running") {
    parts.push(`${answering} of ${devices.length} devices answer`);
  }
  if (buffer !== null) parts.push(`${buffer.rows} rows buffered`);
  if (uplink !== null) parts.push(`${uplink.rowsDelivered} delivered`);
  return parts.join("; ");
}

/** Why the agent is not ready to collect; null = it is. A far side that is away is no reason. */
export function unreadiness({ phase, devices, buffer }: Facts): string | null {
  if (phase !== "running") return phase;
  if (buffer === null) return "the buffer is not open yet";
  if (buffer.error !== null) return `the buffer cannot write: ${buffer.error}`;
  const unasked = devices.filter(({ state }) => state === "connecting").length;
  return unasked === 0 ? null : `${unasked} of ${devices.length} devices not asked yet`;
}

function answers({ state }: DeviceStatus): boolean {
  return state === "online" || state === "asleep";
}

function* agentTroubles({ stalled, notices }: Facts): Generator<Trouble> {
  if (stalled !== null) {
    yield { severity: "failing", part: "agent", text: `${stalled} hangs` };
  }
  for (const text of notices) yield { severity: "troubled", part: "agent", text };
}

function* bufferTroubles({ buffer, writtenAtMs }: Facts): Generator<Trouble> {
  if (buffer === null) return;
  if (buffer.error !== null) {
    const text = `the buffer cannot write: ${buffer.error}`;
    yield { severity: "failing", part: "buffer", text };
  }
  const { givenUpAtMs, bytes, bytesMax } = buffer;
  if (givenUpAtMs !== null && writtenAtMs - givenUpAtMs < GIVEN_UP_RECENT_MS) {
    const text = `the buffer gives up rows, ${buffer.givenUp} since the start`;
    yield { severity: "failing", part: "buffer", text };
  } else if (bytes >= BUFFER_FULL_SHARE * bytesMax) {
    const text = `the buffer is full to ${Math.floor(bytes / bytesMax * 100)} %: ` +
      "soon the oldest rows are given up for new ones";
    yield { severity: "failing", part: "buffer", text };
  }
}

function* deviceTroubles({ devices, phase }: Facts): Generator<Trouble> {
  if (devices.length === 0 && phase === "running") {
    const text = "no device is polled: none is configured, or none was found";
    yield { severity: "troubled", part: "devices", text };
  }
  const broken = devices.filter(({ state }) => state === "quarantined");
  if (broken.length > 0) {
    const text = `${plural(broken.length)} left alone after repeated faults: ${
      name(broken)
    }`;
    yield { severity: "failing", part: "devices", text };
  }
  const silent = devices.filter(({ state }) => state === "offline");
  if (silent.length === 0) return;
  const all = silent.length === devices.length;
  const text = all && devices.length > 1
    ? `no device answers: ${name(silent)}`
    : `${silent.length} of ${devices.length} devices offline: ${name(silent)}`;
  // Not "failing": inverters without a battery fall silent every night.
  yield { severity: "troubled", part: "devices", text };
}

function* uplinkTroubles({ uplink }: Facts): Generator<Trouble> {
  if (uplink === null) return;
  for (const alarm of uplink.alarms) {
    yield { severity: "troubled", part: "uplink", text: `uplink: ${alarm}` };
  }
  // Whatever it is doing: between two tries it waits, and in each it sends.
  if (uplink.error === null || uplink.alarms.length > 0) return;
  const text = `the uplink takes nothing: ${uplink.error}`;
  yield { severity: "troubled", part: "uplink", text };
}

function* clockTroubles({ clock }: Facts): Generator<Trouble> {
  if (clock.synced !== false) return;
  const text = "the machine's clock is not synchronised";
  yield { severity: "troubled", part: "clock", text };
}

function plural(count: number): string {
  return `${count} ${count === 1 ? "device" : "devices"}`;
}

/** `inv-01 (why), inv-02 and 7 more`: the first says why, for brevity's sake. */
function name(devices: readonly DeviceStatus[]): string {
  const named = devices.slice(0, DEVICES_NAMED_MAX).map(({ id, host, reason }, at) => {
    const who = id ?? host;
    return at > 0 || reason === null ? who : `${who} (${reason})`;
  });
  const rest = devices.length - named.length;
  return `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
