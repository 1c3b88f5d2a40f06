/**
 * `scan [CIDR|range|host…]`: looks for SunSpec devices.
 *
 * @module
 */

import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import {
  scan as scanHosts,
  SCAN_DEFAULTS,
  type ScanHost,
  type ScanOptions,
  type ScanProgress,
} from "../../discovery/scanner.ts";
import { everyUnitId } from "../../discovery/unit_walk.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { addDevices } from "./add_devices.ts";
import { ask, canAsk } from "../terminal/ask.ts";
import { EXIT } from "../framework/exit_codes.ts";
import { askHeldHosts, type HeldHosts } from "../shared/polled_hosts.ts";
import type { CliIo } from "../framework/io.ts";
import { privateSubnets } from "./own_subnets.ts";
import { openProgress } from "../terminal/progress_line.ts";
import { subDevicesOf, toBlocks } from "./devices.ts";
import { type ScanView, type Skipped, toScanJson, toTable, toToml } from "./output.ts";
import { listHosts } from "./targets.ts";
import { wantsColour } from "../terminal/table.ts";
import { plural } from "../terminal/words.ts";

/** Options of `scan`. */
export interface ScanCommandOptions {
  /** As they were written; none = the machine's own networks, after asking. */
  readonly targets: readonly string[];
  readonly ports: readonly number[];
  readonly allUnits: boolean;
  readonly yesLarge: boolean;
  readonly json: boolean;
  readonly toml: boolean;
  /** URL of the agent whose hosts are left alone; null = this machine's, if there is one. */
  readonly agent: string | null;
  /** The configuration to add what was found to. */
  readonly write: string | null;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly connectsPerSecond: number;
}

/** With every unit id, one address may take longer. */
const THOROUGH_HOST_TIMEOUT_MS = 15 * 60_000;

/** Scans and prints; returns the exit code. */
export async function scan(options: ScanCommandOptions, io: CliIo): Promise<number> {
  if (options.json && options.toml) {
    io.stderr.write("scan: --json and --toml are two forms of one answer: name one\n");
    return EXIT.usage;
  }
  const targets = options.targets.length > 0 ? options.targets : await propose(io);
  if (typeof targets === "number") return targets;
  const { ports, yesLarge: large } = options;
  const listed = listHosts(targets, { ports, large });
  if (!listed.ok) {
    io.stderr.write(`scan: ${listed.fault}\n`);
    return EXIT.usage;
  }
  const held = await askHeldHosts(options.agent, io.signal);
  if (!held.ok) {
    io.stderr.write(`scan: ${held.fault}\n`);
    return EXIT.unavailable;
  }
  const { hosts, skipped } = await leaveAlone(listed.value, held.value);
  const view = { ...await look(hosts, options, io), skipped };
  print(view, options, io);
  const { write: file } = options;
  if (!view.report.complete) {
    if (file !== null) io.stderr.write(`scan: called off; ${file} was left as it is\n`);
    return EXIT.failure;
  }
  const written = file === null ? EXIT.ok : await write(view, file, io);
  if (written !== EXIT.ok) return written;
  return view.devices.length > 0 ? EXIT.ok : EXIT.unavailable;
}

/** The networks to scan where none is named; a number is the exit code instead. */
async function propose(io: CliIo): Promise<readonly string[] | number> {
  const subnets = privateSubnets(Deno.networkInterfaces());
  const named = subnets.map(({ cidr, interfaceName }) => `${cidr} (${interfaceName})`)
    .join(", ");
  if (subnets.length === 0) {
    io.stderr.write(
      "scan: this machine stands in no private network; name what to scan, " +
        "such as 192.168.10.0/24\n",
    );
    return EXIT.usage;
  }
  if (!canAsk(io)) {
    io.stderr.write(
      `scan: name what to scan; this machine stands in ${named}. ` +
        "(Only on a terminal it is asked for.)\n",
    );
    return EXIT.usage;
  }
  const answer = await ask(`Scan ${named}? [y/N] `, io);
  if (answer !== undefined && /^y(?:es)?$/i.test(answer)) {
    return subnets.map(({ cidr }) => cidr);
  }
  io.stderr.write("scan: nothing was scanned\n");
  return EXIT.failure;
}

/** Takes out the hosts of which the agent polls one of the ports. */
async function leaveAlone(
  listed: readonly ScanHost[],
  held: HeldHosts,
): Promise<{ hosts: readonly ScanHost[]; skipped: readonly Skipped[] }> {
  const hosts: ScanHost[] = [];
  const skipped: Skipped[] = [];
  for (const target of listed) {
    const { host, ports } = target;
    const devices = (await Promise.all(ports.map((port) => held.at(host, port))))
      .flat();
    if (devices.length > 0) skipped.push({ host, devices });
    else hosts.push(target);
  }
  return { hosts, skipped };
}

async function look(
  hosts: readonly ScanHost[],
  options: ScanCommandOptions,
  io: CliIo,
): Promise<Omit<ScanView, "skipped">> {
  const clock = SYSTEM_CLOCK;
  const pool = createTcpPool(clock, SYSTEM_RANDOM);
  const { allUnits, timeoutMs, connectTimeoutMs, connectsPerSecond } = options;
  const how: ScanOptions = {
    ...SCAN_DEFAULTS,
    timeoutMs,
    connectTimeoutMs,
    connectsPerSecond,
    ...(allUnits && {
      unitIds: everyUnitId(),
      thorough: true,
      hostTimeoutMs: THOROUGH_HOST_TIMEOUT_MS,
    }),
  };
  const startMs = clock.monotonicMs();
  const line = openProgress(io, () => clock.monotonicMs());
  const onAddress = (_: unknown, progress: ScanProgress): void => {
    line.show(howFar(progress, clock.monotonicMs() - startMs));
  };
  line.show(`0 of ${hosts.length} hosts`);
  try {
    const report = await scanHosts(hosts, how, { pool, clock, onAddress }, io.signal);
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
function howFar(
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
  if (json) stdout.write(`${toScanJson(view)}\n`);
  else if (toml) {
    stdout.write(toToml(view));
    stderr.write(toTable(view, style(stderr)));
  } else stdout.write(toTable(view, style(stdout)));
}

/** Adds the devices to a file and says so. */
async function write(view: ScanView, file: string, io: CliIo): Promise<number> {
  const added = await addDevices(file, toBlocks(view.devices), io.env, new Date());
  if (!added.ok) {
    io.stderr.write(`scan: ${added.fault}\n`);
    return EXIT.config;
  }
  const { units, present, backup } = added.value;
  const had = present > 0 ? ` (${plural(present, "unit")} stood there already)` : "";
  const kept = backup === null ? "" : `; the file as it was is ${backup}`;
  io.stderr.write(
    units === 0
      ? `scan: ${file} was left as it is${had || ": nothing was found"}\n`
      : `scan: ${plural(units, "unit")} added to ${file}${had}${kept}\n`,
  );
  return EXIT.ok;
}
