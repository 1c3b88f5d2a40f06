/**
 * `doctor HOST[:PORT]` examines a device, `doctor --config FILE` an installation.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { deviceBlocks } from "../shared/device_blocks.ts";
import {
  EXAM_LIMIT_MS,
  examineDevice,
} from "../../diagnostics/device/examine_device.ts";
import { examineInstallation } from "../../diagnostics/installation/examine_installation.ts";
import { countGravities, type ReportLine, reportLines } from "./output.ts";
import { EXIT } from "../framework/exit_codes.ts";
import { askHeldHosts } from "../shared/polled_hosts.ts";
import type { CliIo, TextSink } from "../framework/io.ts";
import { openProgress } from "../terminal/progress_line.ts";
import { wantsColour } from "../terminal/table.ts";

/** Options of `doctor`. */
export interface DoctorOptions {
  /** The device; null = an installation. */
  readonly address: { readonly host: string; readonly port: number } | null;
  /** The configuration of the installation; null = a device. */
  readonly config: string | null;
  readonly unitId: number;
  readonly base: number | null;
  readonly timeoutMs: number;
  /** Whether to open several sessions at once. */
  readonly intrusive: boolean;
  /** Whether to examine a device that a running agent polls. */
  readonly force: boolean;
  /** URL of that agent; null = this machine's, if there is one. */
  readonly agent: string | null;
  readonly json: boolean;
}

/** Examines and prints; returns the exit code. */
export async function doctor(options: DoctorOptions, io: CliIo): Promise<number> {
  const { address, config } = options;
  if (address !== null && config === null) return await device(options, address, io);
  if (address === null && config !== null) {
    return await installation(config, options, io);
  }
  io.stderr.write(
    "doctor: name a device (HOST[:PORT]) or an installation (--config FILE), one of them\n",
  );
  return EXIT.usage;
}

async function device(
  options: DoctorOptions,
  address: { readonly host: string; readonly port: number },
  io: CliIo,
): Promise<number> {
  const { host, port } = address;
  const label = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const held = await askHeldHosts(options.agent, io.signal);
  if (!held.ok) {
    io.stderr.write(`doctor: ${held.fault}\n`);
    return EXIT.unavailable;
  }
  const polled = await held.value.at(host, port);
  if (polled.length > 0 && !options.force) {
    io.stderr.write(
      `doctor: ${label}: the running agent polls it (${
        polled.join(", ")
      }); examining it ` +
        "may cost readings. --force does it all the same\n",
    );
    return EXIT.failure;
  }
  const line = openProgress(io, () => SYSTEM_CLOCK.monotonicMs());
  const tell = (step: string): void =>
    line.show(`${step} (at most ${EXAM_LIMIT_MS / 60_000} min for all)`);
  const exam = await examineDevice({ ...options, ...address }, tell, io.signal)
    .finally(() => line.close());
  const { findings, block, fault } = exam;
  const toml = block === null ? null : deviceBlocks([block]).trimStart();
  if (options.json) {
    const { unitId } = options;
    const error = fault?.words ?? null;
    const out = { host, port, unitId, findings, error, block: toml };
    io.stdout.write(`${JSON.stringify(out)}\n`);
  } else {
    printReport(findings, io.stdout, io);
    if (toml !== null) io.stdout.write(`\n${toml}`);
  }
  if (fault === null) return EXIT.ok;
  io.stderr.write(`doctor: ${label}: ${fault.words}\n`);
  return fault.code;
}

async function installation(
  file: string,
  { json }: DoctorOptions,
  io: CliIo,
): Promise<number> {
  const line = openProgress(io, () => SYSTEM_CLOCK.monotonicMs());
  const { findings, code } = await examineInstallation(
    file,
    io,
    (step) => line.show(step),
  ).finally(() => line.close());
  if (json) io.stdout.write(`${JSON.stringify({ file, findings })}\n`);
  else printReport(findings, io.stdout, io);
  return code;
}

function printReport(findings: readonly ReportLine[], sink: TextSink, io: CliIo): void {
  const style = {
    width: sink.isTerminal ? sink.width : Infinity,
    colour: wantsColour(sink.isTerminal, io.env["NO_COLOR"]),
  };
  const lines = [...reportLines(findings, style), "", `${countGravities(findings)}.`];
  sink.write(lines.map((line) => `${line}\n`).join(""));
}
