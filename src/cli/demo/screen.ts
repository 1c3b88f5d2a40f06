/**
 * The output of a running demo: a live table on a terminal, otherwise a line
 * every few seconds, nothing with `--json`.
 *
 * @module
 */

import type { AgentView } from "../../agent/agent_types.ts";
import type { DeviceReport } from "../../poller/device_report.ts";
import type { Draft } from "../../records/record.ts";
import type { CliIo } from "../framework/io.ts";
import { HIDE_CURSOR, redraw, RESTORE_CURSOR } from "../terminal/redraw.ts";
import { wantsColour } from "../terminal/style.ts";
import { demoReadings } from "./readings.ts";
import { type DemoDevice, type DemoView, renderDemo } from "./table.ts";

/** Interval of the frames on a terminal, in ms. */
const FRAME_MS = 500;
/** Interval of the lines without a terminal, in ms. */
const LINE_MS = 5_000;

/** The fields of the first record of each device's last poll, by `host:port/unit`. */
export type LastReadings = Map<string, Draft["fields"] | undefined>;

/** Options of the screen. */
export interface ScreenOptions {
  readonly json: boolean;
  /** Destination of the rows, for people. */
  readonly destination: string;
  readonly readings: LastReadings;
}

/** The output; close it at the end. */
export interface DemoScreen {
  update(view: AgentView, elapsedMs: number, durationMs: number | null): void;
  close(): void;
}

/** Opens the screen: the table goes to stdout, the lines go to stderr. */
export function openDemoScreen(io: CliIo, options: ScreenOptions): DemoScreen {
  if (options.json) return { update() {}, close() {} };
  return io.stdout.isTerminal ? liveTable(io, options) : plainLines(io, options);
}

function liveTable(io: CliIo, options: ScreenOptions): DemoScreen {
  const colour = wantsColour(io.stdout.isTerminal, io.env["NO_COLOR"]);
  let lines = 0;
  let shownMs = -Infinity;
  io.stdout.write(HIDE_CURSOR);
  return {
    update(view, elapsedMs, durationMs) {
      if (elapsedMs - shownMs < FRAME_MS) return;
      shownMs = elapsedMs;
      const frame = renderDemo(toDemoView(view, elapsedMs, durationMs, options), {
        width: io.stdout.width,
        height: io.stdout.height - 1,
        colour,
      });
      io.stdout.write(redraw(frame, lines));
      lines = frame.length;
    },
    close: () => io.stdout.write(RESTORE_CURSOR),
  };
}

function plainLines(io: CliIo, { destination }: ScreenOptions): DemoScreen {
  let shownMs = 0;
  return {
    update({ devices, buffer, pump }, elapsedMs) {
      if (elapsedMs - shownMs < LINE_MS) return;
      shownMs = elapsedMs;
      const seconds = Math.round(elapsedMs / 1_000);
      const online = devices.filter(({ polls }) => polls > 0).length;
      io.stderr.write(
        `${seconds} s: ${online} of ${devices.length} devices online, ` +
          `${buffer.rows} rows buffered, ` +
          `${pump?.rowsDelivered ?? 0} delivered to ${destination}\n`,
      );
    },
    close() {},
  };
}

function toDemoView(
  view: AgentView,
  elapsedMs: number,
  durationMs: number | null,
  { destination, readings }: ScreenOptions,
): DemoView {
  const { devices, buffer, pump } = view;
  return {
    devices: devices.map((device) => toDemoDevice(device, readings)),
    destination,
    uplinkProblem: pump?.alarms[0]?.text ?? pump?.lastError?.detail ??
      buffer.lastError ?? undefined,
    buffered: buffer.rows + buffer.waiting,
    delivered: pump?.rowsDelivered ?? 0,
    evicted: buffer.evicted,
    elapsedMs,
    durationMs: durationMs ?? undefined,
  };
}

function toDemoDevice(device: DeviceReport, readings: LastReadings): DemoDevice {
  const { identity, state, lastPollMs } = device;
  const model = [identity?.manufacturer, identity?.model]
    .filter((text) => text !== null && text !== undefined).join(" ");
  return {
    id: device.deviceId ?? "?",
    address: device.key,
    model: identity === null ? null : model,
    state,
    healthy: state === "online" || state === "asleep",
    ...demoReadings(readings.get(device.key)),
    pollAgeMs: lastPollMs === null ? null : Math.max(0, Date.now() - lastPollMs),
  };
}
