/**
 * `dump HOST[:PORT] -o FILE`: a device's registers in one file, to be attached
 * to a report. docs/dump.md describes its form.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { describeDiscoveryFault, STANDARD_BASES } from "../../discovery/probe.ts";
import { type RawDevice, takeRawDevice } from "../../discovery/take_dump.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { parseIdentity } from "../../sunspec/identity.ts";
import { maskRegisters } from "../../sunspec/mask.ts";
import { type PrivatePoint, privatePoints } from "../../sunspec/private_points.ts";
import { DUMP_FORMAT, DUMP_VERSION } from "../shared/dump_file.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { isSystemFault } from "../framework/system_fault.ts";
import { VERSION } from "../version/version.ts";

/** Options of `dump`. */
export interface DumpOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly unitId: number;
  readonly base: number | null;
  readonly timeoutMs: number;
  /** Where to write; `-` = stdout. */
  readonly output: string;
  readonly keepSerials: boolean;
  readonly force: boolean;
}

/** Takes and writes the dump; returns the exit code. */
export async function dump(options: DumpOptions, io: CliIo): Promise<number> {
  const { address, unitId, base, timeoutMs, output } = options;
  const say = (words: string): void => io.stderr.write(`dump: ${words}\n`);
  if (output !== "-" && !options.force && await exists(output)) {
    say(`${output} is there already; --force writes over it`);
    return EXIT.failure;
  }
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const lease = pool.lease({ ...address, gapMs: 0, connectTimeoutMs: timeoutMs });
  const bases = base === null ? STANDARD_BASES : [base];
  const probe = { unitId, bases, timeoutMs, silencesMax: bases.length };
  try {
    const taken = await takeRawDevice(lease.session, probe, SYSTEM_CLOCK, io.signal);
    if (!taken.ok) {
      say(`${lease.session.address}: ${describeDiscoveryFault(taken.fault)}`);
      return EXIT.unavailable;
    }
    const { text, masked } = await render(taken.value, options.keepSerials);
    if (output === "-") io.stdout.write(text);
    else await Deno.writeTextFile(output, text);
    const { registers, brokeOff, requests } = taken.value;
    const unread = registers.filter((register) => register === null).length;
    say(
      `${registers.length} registers by ${requests.length} requests` +
        (unread > 0 ? `, ${unread} of them could not be read` : "") +
        (masked.length > 0 ? `; masked: ${masked.join(", ")}` : ""),
    );
    if (brokeOff === null) return EXIT.ok;
    say(`it is not whole: ${brokeOff}`);
    return EXIT.failure;
  } catch (error) {
    if (!io.signal.aborted) {
      if (!isSystemFault(error)) throw error;
      say(`${output} cannot be written: ${error.message}`);
      return EXIT.failure;
    }
    say("interrupted; nothing was written");
    return EXIT.failure;
  } finally {
    await pool.close();
  }
}

/** How many registers stand on a line. */
const REGISTERS_PER_LINE = 20;

/** The file's text, and what was masked in it. */
async function render(
  device: RawDevice,
  keepSerials: boolean,
): Promise<{ readonly text: string; readonly masked: readonly string[] }> {
  const { layout, requests, connectMs, brokeOff } = device;
  const { base } = layout;
  const points: PrivatePoint[] = [];
  for (const at of layout.models) {
    const definition = await loadDefinition(at.id);
    if (definition === undefined) continue;
    const registers = device.registers.slice(at.address - base);
    points.push(...privatePoints(definition, at, registers));
  }
  const wanted = points.filter(({ secret }) => secret || !keepSerials);
  const masked = maskRegisters({ base, registers: device.registers }, wanted);
  const common = layout.models.find(({ id }) => id === 1);
  const identity = common === undefined
    ? layout.identity
    : parseIdentity(masked.registers.slice(common.address - base));
  const head = {
    format: DUMP_FORMAT,
    version: DUMP_VERSION,
    program: VERSION,
    takenAt: new Date(SYSTEM_CLOCK.wallMs()).toISOString(),
    unitId: layout.unitId,
    functionCode: layout.functionCode,
    base,
    manufacturer: identity.manufacturer,
    model: identity.model,
    options: identity.options,
    firmware: identity.firmware,
    serial: identity.serial,
    masked: { points: masked.points, copies: masked.copies },
    models: layout.models.map(({ id, address, length }) => {
      return { id, addr: address, len: length };
    }),
    end: layout.end,
    oddities: layout.oddities.map(masked.words),
    brokeOff,
    connectMs: Math.round(10 * connectMs) / 10,
    requests: requests.map((request) => {
      return { ...request, outcome: masked.words(request.outcome) };
    }),
  };
  const lines: string[] = [];
  for (let at = 0; at < masked.registers.length; at += REGISTERS_PER_LINE) {
    const line = masked.registers.slice(at, at + REGISTERS_PER_LINE);
    lines.push(line.map((register) => JSON.stringify(register)).join(","));
  }
  const fields = Object.entries(head).map(([key, value]) => {
    const list = Array.isArray(value) && typeof value[0] === "object"
      ? `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n ]`
      : JSON.stringify(value);
    return ` ${JSON.stringify(key)}: ${list},\n`;
  });
  const text = `{\n${fields.join("")} "registers": [\n  ${
    lines.join(",\n  ")
  }\n ]\n}\n`;
  const copies = masked.copies > 0 ? [`${masked.copies} copies elsewhere`] : [];
  return { text, masked: [...masked.points, ...copies] };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
