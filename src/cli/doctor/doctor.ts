/**
 * `doctor HOST[:PORT]` examines a device, `doctor --config FILE` an installation.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { toKafkaOptions } from "../../agent/setup/destination.ts";
import { formatAddress, type HostPort } from "../../base/network/address.ts";
import { formatDeviceTables } from "../../config/device_tables.ts";
import {
  type ExaminationFault,
  examineDevice,
} from "../../diagnostics/device/examine_device.ts";
import type { Finding } from "../../diagnostics/finding.ts";
import {
  examineInstallation,
  type InstallationExamination,
} from "../../diagnostics/installation/examine_installation.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import { fetchAgentStatus } from "../agent_client/agent_client.ts";
import { fetchPolledHosts } from "../agent_client/polled_hosts.ts";
import { describeDeviceFault, isUnavailable } from "../device/describe_device_fault.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { openProgress } from "../terminal/progress_line.ts";
import { wantsColour } from "../terminal/style.ts";
import { countFindings, renderFindings, toJsonFinding } from "./output.ts";

/** Options of `doctor`. */
export interface DoctorOptions {
  /** The device; null = an installation. */
  readonly address: HostPort | null;
  /** The configuration of the installation; null = a device. */
  readonly config: string | null;
  readonly unitId: number;
  readonly base: number | null;
  readonly timeoutMs: number;
  /** Whether to open several sessions at once. */
  readonly intrusive: boolean;
  /** Whether to examine a device that a running agent polls. */
  readonly force: boolean;
  /** URL of that agent; null = the local agent, if one is running. */
  readonly agent: string | null;
  readonly json: boolean;
}

/** Time limit of the examination of a device, in ms. */
const EXAMINATION_LIMIT_MS = 180_000;

/** Examines a device or an installation and prints the findings; returns the exit code. */
export async function doctor(options: DoctorOptions, io: CliIo): Promise<number> {
  const { address, config } = options;
  if (address !== null && config === null) {
    return await doctorDevice(options, address, io);
  }
  if (address === null && config !== null) {
    return await doctorInstallation(config, options, io);
  }
  io.stderr.write(
    "doctor: give either a device (HOST[:PORT]) or an installation (--config FILE)\n",
  );
  return EXIT.usage;
}

async function doctorDevice(
  options: DoctorOptions,
  address: HostPort,
  io: CliIo,
): Promise<number> {
  const { host, port } = address;
  const refusal = await refusePolledDevice(options, address, io);
  if (refusal !== null) {
    io.stderr.write(`doctor: ${refusal.message}\n`);
    return refusal.code;
  }
  const minutes = EXAMINATION_LIMIT_MS / 60_000;
  const line = openProgress(io, () => SYSTEM_CLOCK.monotonicMs());
  const { findings, table, fault } = await examineDevice(
    { ...options, host, port },
    {
      clock: SYSTEM_CLOCK,
      openPool: () => createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM),
      loadDefinition,
      onStep: (step) => line.show(`${step} (at most ${minutes} min in total)`),
      timeLimit: AbortSignal.timeout(EXAMINATION_LIMIT_MS),
    },
    io.signal,
  ).finally(() => line.close());
  const toml = table === null ? null : formatDeviceTables([table]).trimStart();
  const error = fault === null ? null : describeFault(fault, address);
  if (options.json) {
    const { unitId } = options;
    const out = {
      host,
      port,
      unitId,
      findings: findings.map(toJsonFinding),
      error,
      block: toml,
    };
    io.stdout.write(`${JSON.stringify(out)}\n`);
  } else {
    if (findings.length > 0) printReport(findings, io);
    if (toml !== null) io.stdout.write(`\n${toml}`);
  }
  if (fault === null) return EXIT.ok;
  io.stderr.write(`doctor: ${formatAddress(host, port)}: ${error}\n`);
  return fault.kind === "not-found" && isUnavailable(fault.fault)
    ? EXIT.unavailable
    : EXIT.failure;
}

/** Why a device is not examined, if the running agent polls it. */
async function refusePolledDevice(
  { agent, force }: DoctorOptions,
  { host, port }: HostPort,
  io: CliIo,
): Promise<{ readonly message: string; readonly code: number } | null> {
  const polledHosts = await fetchPolledHosts(agent, io.signal);
  if (!polledHosts.ok) return { message: polledHosts.fault, code: EXIT.unavailable };
  const polled = await polledHosts.value.at(host, port);
  if (polled.length === 0 || force) return null;
  const message = `${formatAddress(host, port)}: the running agent polls this device (${
    polled.join(", ")
  }); examining it may cost readings. --force examines it nevertheless`;
  return { message, code: EXIT.failure };
}

function describeFault(fault: ExaminationFault, address: HostPort): string {
  switch (fault.kind) {
    case "not-found":
      return describeDeviceFault(fault.fault, address);
    case "cancelled":
      return "cancelled; the findings so far are shown";
    case "time-limit":
      return `not completed within ${
        EXAMINATION_LIMIT_MS / 1_000
      } s; the findings so far are shown`;
  }
}

const EXIT_CODES: Readonly<Record<InstallationExamination["outcome"], number>> = {
  ok: EXIT.ok,
  "invalid-config": EXIT.config,
  "uplink-failure": EXIT.unavailable,
  failure: EXIT.failure,
};

async function doctorInstallation(
  file: string,
  { json }: DoctorOptions,
  io: CliIo,
): Promise<number> {
  const line = openProgress(io, () => SYSTEM_CLOCK.monotonicMs());
  const { findings, outcome } = await examineInstallation(file, {
    env: io.env,
    toKafkaOptions,
    fetchAgentStatus,
    onStep: (step) => line.show(step),
  }, io.signal).finally(() => line.close());
  if (json) {
    const out = { file, findings: findings.map(toJsonFinding) };
    io.stdout.write(`${JSON.stringify(out)}\n`);
  } else printReport(findings, io);
  return EXIT_CODES[outcome];
}

function printReport(findings: readonly Finding[], { stdout, env }: CliIo): void {
  const style = {
    width: stdout.isTerminal ? stdout.width : Infinity,
    colour: wantsColour(stdout.isTerminal, env["NO_COLOR"]),
  };
  const lines = [...renderFindings(findings, style), "", countFindings(findings)];
  stdout.write(lines.map((line) => `${line}\n`).join(""));
}
