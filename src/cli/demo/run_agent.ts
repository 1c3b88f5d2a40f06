/**
 * Runs the agent of a demo and shows it until the demo ends.
 *
 * @module
 */

import { startAgent } from "../../agent/agent.ts";
import type { Agent } from "../../agent/agent_types.ts";
import type { Setup } from "../../agent/setup/load_setup.ts";
import {
  createAgentMeasurements,
  createStateFolder,
  toAgentOptions,
} from "../../agent/setup/agent_options.ts";
import { createLog } from "../../observability/log/log.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { describeReport, toReport } from "./report.ts";
import { type LastReadings, openDemoScreen } from "./screen.ts";
import { createStallDetector } from "./stall_detector.ts";

/** Options of the agent of a demo. */
export interface DemoRun {
  readonly folder: string;
  readonly configFile: string;
  /** Destination of the records, for people; null = none. */
  readonly destination: string | null;
  /** null = until a signal. */
  readonly durationMs: number | null;
  readonly json: boolean;
  readonly io: CliIo;
  /** Log file of the agent. */
  readonly logFile: Deno.FsFile;
}

/** Time limit of the end: the remaining rows are sent and the files closed. */
const STOP_LIMIT_MS = 9_000;
/** The demo ends after this time without a delivery while the uplink reports an error. */
const STALL_LIMIT_MS = 15_000;
const CHECK_INTERVAL_MS = 250;

/** Runs the agent until the demo ends, prints the result and returns the exit code. */
export async function runDemoAgent(setup: Setup, run: DemoRun): Promise<number> {
  const { io, logFile, destination } = run;
  const encoder = new TextEncoder();
  const log = createLog({
    level: "info",
    format: "json",
    write: (text) => void logFile.writeSync(encoder.encode(text)),
    nowMs: () => Date.now(),
  });
  const ended = new AbortController();
  try {
    const folder = await createStateFolder(setup.config.buffer);
    const options = await toAgentOptions(
      setup,
      log,
      createAgentMeasurements(),
      ended.signal,
    );
    const startedMs = performance.now();
    const readings: LastReadings = new Map();
    const started = folder.ok
      ? await startAgent({
        ...options,
        ...(destination === null ? { createDestination: () => null } : {}),
        onDrafts: (key, [first]) => void readings.set(key, first?.fields),
      })
      : folder;
    if (!started.ok) {
      io.stderr.write(`demo: ${started.fault.detail}\n`);
      return EXIT.failure;
    }
    const agent = started.value;
    const failure = await showUntilEnd(agent, readings, run);
    const end = await agent.stop(io.forceSignal.aborted ? 0 : STOP_LIMIT_MS);
    const report = toReport(end, performance.now() - startedMs);
    const text = describeReport(report, end, {
      ...{ destination, configFile: run.configFile },
      queueFile: `${run.folder}/queue.db`,
      maxBytes: setup.config.buffer.max_bytes,
    });
    io.stdout.write(run.json ? `${JSON.stringify(report)}\n` : text);
    if (failure !== null) io.stderr.write(`demo: ${failure}\n`);
    const complete = end.rowsLeft === 0 && report.lost === 0 && failure === null;
    if (!complete && run.json) io.stderr.write(text);
    return complete ? EXIT.ok : EXIT.failure;
  } finally {
    ended.abort();
    log.close();
  }
}

/** Shows the agent until the demo ends; returns why it failed, or null. */
async function showUntilEnd(
  agent: Agent,
  readings: LastReadings,
  { io, json, destination, durationMs }: DemoRun,
): Promise<string | null> {
  const startedMs = performance.now();
  const screen = openDemoScreen(io, {
    json,
    destination: destination ?? "nowhere",
    readings,
  });
  let failure: Error | undefined;
  agent.failure.then((error) => failure = error);
  const isStalled = createStallDetector(STALL_LIMIT_MS);
  try {
    for (;;) {
      const elapsedMs = performance.now() - startedMs;
      screen.update(agent.view, elapsedMs, durationMs);
      if (failure !== undefined) return `the agent failed: ${failure.message}`;
      if (io.signal.aborted) return null;
      if (durationMs !== null && elapsedMs >= durationMs) return null;
      const { pump } = agent.view;
      if (pump !== null && isStalled(pump, elapsedMs)) {
        const reason = pump.lastError?.detail ?? pump.alarms[0]?.text ??
          "unknown reason";
        return `nothing was delivered for ${STALL_LIMIT_MS / 1_000} s: ${reason}`;
      }
      await SYSTEM_CLOCK.sleep(CHECK_INTERVAL_MS, io.signal).catch(() => {});
    }
  } finally {
    screen.close();
  }
}
