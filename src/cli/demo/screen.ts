/**
 * What a demo shows while it runs: a live table on a terminal, a line now and
 * then elsewhere, nothing with `--json`.
 *
 * @module
 */

import type { AgentView } from "../../agent/agent.ts";
import type { DeviceReport } from "../../poller/device_report.ts";
import { demoReadings } from "./readings.ts";
import type { CliIo } from "../framework/io.ts";
import { type DemoDevice, type DemoView, redraw, renderDemo } from "./table.ts";
import { wantsColour } from "../terminal/table.ts";

/** Between two frames on a terminal. */
const FRAME_MS = 500;
/** Between two lines elsewhere. */
const LINE_MS = 5_000;

/** What the screen is told. */
export interface ScreenOptions {
  readonly json: boolean;
  /** Where rows go, for people. */
  readonly uplink: string;
}

/** A screen to be closed at the end. */
export interface DemoScreen {
  update(view: AgentView, elapsedMs: number, durationMs: number | null): void;
  close(): void;
}

/** Opens the screen on stdout; the plain lines go to stderr. */
export function showDemo(io: CliIo, options: ScreenOptions): DemoScreen {
  if (options.json) return { update() {}, close() {} };
  return io.stdout.isTerminal ? liveTable(io, options) : plainLines(io, options);
}

function liveTable(io: CliIo, options: ScreenOptions): DemoScreen {
  const colour = wantsColour(io.stdout.isTerminal, io.env["NO_COLOR"]);
  let lines = 0;
  let shownMs = -Infinity;
  io.stdout.write("\x1b[?25l"); // the cursor would dance
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
    // What the terminal wrote for Ctrl-C goes; the cursor comes back.
    close: () => io.stdout.write("\r\x1b[K\x1b[?25h"),
  };
}

function plainLines(io: CliIo, { uplink }: ScreenOptions): DemoScreen {
  let shownMs = 0;
  return {
    update(view, elapsedMs) {
      if (elapsedMs - shownMs < LINE_MS) return;
      shownMs = elapsedMs;
      const online = view.devices.filter(({ polls }) => polls > 0).length;
      io.stderr.write(
        `${
          Math.round(elapsedMs / 1_000)
        } s: ${online} of ${view.devices.length} devices, ` +
          `${view.buffer.rows} rows buffered, ` +
          `${view.pump?.rowsDelivered ?? 0} delivered to ${uplink}\n`,
      );
    },
    close() {},
  };
}

function toDemoView(
  view: AgentView,
  elapsedMs: number,
  durationMs: number | null,
  { uplink }: ScreenOptions,
): DemoView {
  const trouble = view.pump?.alarms[0]?.text ?? view.pump?.lastError?.detail ??
    view.buffer.lastError ?? undefined;
  return {
    devices: view.devices.map(toDemoDevice),
    uplink,
    uplinkTrouble: trouble,
    buffered: view.buffer.rows + view.buffer.waiting,
    delivered: view.pump?.rowsDelivered ?? 0,
    lost: view.buffer.givenUp,
    elapsedMs,
    durationMs: durationMs ?? undefined,
  };
}

function toDemoDevice(device: DeviceReport): DemoDevice {
  const { identity, state } = device;
  return {
    id: device.deviceId ?? "?",
    address: device.key,
    model: identity === null
      ? null
      : [identity.manufacturer, identity.model].filter((text) => text !== null).join(
        " ",
      ),
    state,
    healthy: state === "online" || state === "asleep",
    ...demoReadings(device.lastDrafts[0]?.fields),
    pollAgeMs: device.lastPollMs === null
      ? null
      : Math.max(0, Date.now() - device.lastPollMs),
  };
}
