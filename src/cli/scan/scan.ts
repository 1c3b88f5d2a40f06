/**
 * `scan [TARGET...]`: finds SunSpec devices in a network.
 *
 * @module
 */

import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import {
  SCAN_DEFAULTS,
  type ScanHost,
  type ScanOptions,
} from "../../discovery/scan_options.ts";
import { scanHosts, type ScanProgress } from "../../discovery/scanner.ts";
import { allUnitIds } from "../../discovery/unit_walk.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { addDevices } from "./add_devices.ts";
import { ask, canAsk } from "../terminal/ask.ts";
import { EXIT } from "../framework/exit_codes.ts";
import { fetchPolledHosts, type PolledHosts } from "../agent_client/polled_hosts.ts";
import type { CliIo } from "../framework/io.ts";
import { privateSubnets } from "./own_subnets.ts";
import { openProgress } from "../terminal/progress_line.ts";
import { subDevicesOf, toDeviceTables } from "./devices.ts";
import { renderScanJson, renderScanTable, renderScanToml } from "./output.ts";
import type { ScanView, SkippedHost } from "./scan_view.ts";
import { parseTargets } from "./targets.ts";
import { wantsColour } from "../terminal/style.ts";
import { plural } from "../../base/format.ts";

/** Options of `scan`. */
export interface ScanCommandOptions {
  /** As given; empty = propose this machine's networks. */
  readonly targets: readonly string[];
  readonly ports: readonly number[];
  readonly allUnits: boolean;
  readonly yesLarge: boolean;
  readonly json: boolean;
  readonly toml: boolean;
  /** URL of the agent whose hosts are skipped; null = the local agent, if one is running. */
  readonly agent: string | null;
  /** The configuration to which the devices are added; null = none. */
  readonly write: string | null;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly connectsPerSecond: number;
}

/** Time limit per address with all unit ids, in ms. */
const THOROUGH_ADDRESS_TIMEOUT_MS = 15 * 60_000;

/** Scans and prints; returns the exit code. */
export async function scan(options: ScanCommandOptions, io: CliIo): Promise<number> {
  if (options.json && options.toml) {
    io.stderr.write("scan: --json and --toml cannot be combined\n");
    return EXIT.usage;
  }
  const targets = options.targets.length > 0 ? options.targets : await propose(io);
  if (typeof targets === "number") return targets;
  const { ports, yesLarge: large } = options;
  const parsed = parseTargets(targets, { ports, large });
  if (!parsed.ok) {
    io.stderr.write(`scan: ${parsed.fault}\n`);
    return EXIT.usage;
  }
  const polled = await fetchPolledHosts(options.agent, io.signal);
  if (!polled.ok) {
    io.stderr.write(`scan: ${polled.fault}\n`);
    return EXIT.unavailable;
  }
  const { hosts, skipped } = await skipPolled(parsed.value, polled.value);
  const view = { ...await scanWithProgress(hosts, options, io), skipped };
  print(view, options, io);
  const { write: file } = options;
  if (!view.report.complete) {
    if (file !== null) io.stderr.write(`scan: cancelled; ${file} was not changed\n`);
    return EXIT.failure;
  }
  const written = file === null ? EXIT.ok : await write(view, file, io);
  if (written !== EXIT.ok) return written;
  return view.devices.length > 0 ? EXIT.ok : EXIT.unavailable;
}

/** The networks to scan if none is given; a number is the exit code instead. */
async function propose(io: CliIo): Promise<readonly string[] | number> {
  const subnets = privateSubnets(Deno.networkInterfaces());
  const named = subnets.map(({ cidr, interfaceName }) => `${cidr} (${interfaceName})`)
    .join(", ");
  if (subnets.length === 0) {
    io.stderr.write(
      "scan: No private network found on this machine. Give a target, e.g. " +
        "192.168.10.0/24\n",
    );
    return EXIT.usage;
  }
  if (!canAsk(io)) {
    io.stderr.write(
      `scan: give a target; the private networks of this machine are ${named} ` +
        "(the scan is offered only on a terminal)\n",
    );
    return EXIT.usage;
  }
  const answer = await ask(`Scan ${named}? [y/N] `, io);
  if (answer !== undefined && /^y(?:es)?$/i.test(answer)) {
    return subnets.map(({ cidr }) => cidr);
  }
  io.stderr.write("scan: no host was scanned\n");
  return EXIT.failure;
}

/** Removes the hosts on which the agent polls one of the ports. */
async function skipPolled(
  targets: readonly ScanHost[],
  polled: PolledHosts,
): Promise<{ hosts: readonly ScanHost[]; skipped: readonly SkippedHost[] }> {
  const hosts: ScanHost[] = [];
  const skipped: SkippedHost[] = [];
  for (const target of targets) {
    const { host, ports } = target;
    const devices = (await Promise.all(ports.map((port) => polled.at(host, port))))
      .flat();
    if (devices.length > 0) skipped.push({ host, devices });
    else hosts.push(target);
  }
  return { hosts, skipped };
}

async function scanWithProgress(
  hosts: readonly ScanHost[],
  options: ScanCommandOptions,
  io: CliIo,
): Promise<Omit<ScanView, "skipped">> {
  const clock = SYSTEM_CLOCK;
  const pool = createTcpPool(clock, SYSTEM_RANDOM);
  const { allUnits, timeoutMs, connectTimeoutMs, connectsPerSecond } = options;
  const scanOptions: ScanOptions = {
    ...SCAN_DEFAULTS,
    timeoutMs,
    connectTimeoutMs,
    connectsPerSecond,
    ...(allUnits && {
      unitIds: allUnitIds(),
      thorough: true,
      addressTimeoutMs: THOROUGH_ADDRESS_TIMEOUT_MS,
    }),
  };
  const startMs = clock.monotonicMs();
  const line = openProgress(io, () => clock.monotonicMs());
  const onAddress = (_: unknown, progress: ScanProgress): void => {
    line.show(describeProgress(progress, clock.monotonicMs() - startMs));
  };
  line.show(`0 of ${hosts.length} hosts`);
  try {
    const report = await scanHosts(
      hosts,
      scanOptions,
      { pool, clock, onAddress },
      io.signal,
    );
    const tookMs = clock.monotonicMs() - startMs;
    const devices = await Promise.all(report.devices.map(async (device) => ({
      ...device,
      subDevices: await subDevicesOf(device.layout),
    })));
    return { report, devices, hosts: hosts.length, tookMs };
  } finally {
    line.close();
    await pool.close();
  }
}

/** `120 of 254 hosts, 12 devices, about 4 s left`. */
function describeProgress(
  { hostsDone, hosts, devices }: ScanProgress,
  elapsedMs: number,
): string {
  const found = plural(devices, "device");
  const leftMs = hostsDone === 0 ? NaN : elapsedMs / hostsDone * (hosts - hostsDone);
  const left = Number.isFinite(leftMs)
    ? `, about ${Math.ceil(leftMs / 1_000)} s left`
    : "";
  return `${hostsDone} of ${hosts} hosts, ${found}${left}`;
}

function print(view: ScanView, { json, toml }: ScanCommandOptions, io: CliIo): void {
  const { stdout, stderr, env } = io;
  const style = (sink: typeof stdout) => ({
    width: sink.isTerminal ? sink.width : Infinity,
    colour: wantsColour(sink.isTerminal, env["NO_COLOR"]),
  });
  if (json) stdout.write(`${renderScanJson(view)}\n`);
  else if (toml) {
    stdout.write(renderScanToml(view));
    stderr.write(renderScanTable(view, style(stderr)));
  } else stdout.write(renderScanTable(view, style(stdout)));
}

/** Adds the devices to a file and reports the result. */
async function write(view: ScanView, file: string, io: CliIo): Promise<number> {
  const added = await addDevices(
    file,
    toDeviceTables(view.devices),
    io.env,
    new Date(),
  );
  if (!added.ok) {
    io.stderr.write(`scan: ${added.fault}\n`);
    return EXIT.config;
  }
  const { units, present, backup } = added.value;
  const already = present > 0 ? ` (${plural(present, "unit")} already present)` : "";
  const saved = backup === null ? "" : `; backup: ${backup}`;
  io.stderr.write(
    units === 0
      ? `scan: ${file} was not changed${already || ": no devices found"}\n`
      : `scan: ${plural(units, "unit")} added to ${file}${already}${saved}\n`,
  );
  return EXIT.ok;
}
