/**
 * `dump HOST[:PORT] -o FILE`: writes a device's registers to a file. docs/dump.md
 * describes its format.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import { STANDARD_BASES } from "../../discovery/probe.ts";
import { readRegisterDump, type RegisterDump } from "../../discovery/register_dump.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { parseIdentity } from "../../sunspec/identity.ts";
import { maskRegisters } from "../../sunspec/mask.ts";
import { COMMON_MODEL_ID } from "../../sunspec/spec.ts";
import { type PrivatePoint, privatePoints } from "../../sunspec/private_points.ts";
import { describeDeviceFault } from "../device/describe_device_fault.ts";
import { DUMP_FORMAT, DUMP_VERSION } from "../device/dump_file.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { isSystemError } from "../framework/system_error.ts";
import { VERSION } from "../../base/version.ts";

/** Options of `dump`. */
export interface DumpOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly unitId: number;
  readonly base: number | null;
  readonly timeoutMs: number;
  /** Output file; `-` = stdout. */
  readonly output: string;
  readonly keepSerials: boolean;
  readonly force: boolean;
}

/** Reads the device and writes the dump; returns the exit code. */
export async function dump(options: DumpOptions, io: CliIo): Promise<number> {
  const { address, unitId, base, timeoutMs, output } = options;
  const report = (text: string): void => io.stderr.write(`dump: ${text}\n`);
  if (output !== "-" && !options.force && await exists(output)) {
    report(`${output} already exists; --force overwrites it`);
    return EXIT.failure;
  }
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { session } = pool.acquire({
    ...address,
    gapMs: 0,
    connectTimeoutMs: timeoutMs,
  });
  const bases = base === null ? STANDARD_BASES : [base];
  const probe = { unitId, bases, timeoutMs, silencesMax: bases.length };
  try {
    const result = await readRegisterDump(session, probe, SYSTEM_CLOCK, io.signal);
    if (!result.ok) {
      report(`${session.address}: ${describeDeviceFault(result.fault, address)}`);
      return EXIT.unavailable;
    }
    const { text, masked } = await render(result.value, options.keepSerials);
    if (output === "-") io.stdout.write(text);
    else await Deno.writeTextFile(output, text);
    const { registers, brokeOff, requests } = result.value;
    const unread = registers.filter((register) => register === null).length;
    report(
      `${registers.length} registers in ${requests.length} requests` +
        (unread > 0 ? `, ${unread} of them not readable` : "") +
        (masked.length > 0 ? `; masked: ${masked.join(", ")}` : ""),
    );
    if (brokeOff === null) return EXIT.ok;
    report(`the dump is incomplete: ${brokeOff}`);
    return EXIT.failure;
  } catch (error) {
    if (!io.signal.aborted) {
      if (!isSystemError(error)) throw error;
      report(`${output} cannot be written: ${error.message}`);
      return EXIT.failure;
    }
    report("interrupted; no file was written");
    return EXIT.failure;
  } finally {
    await pool.close();
  }
}

/** Number of registers per line of the file. */
const REGISTERS_PER_LINE = 20;

/** Masks and renders a dump; returns the text and the masked points. */
async function render(
  device: RegisterDump,
  keepSerials: boolean,
): Promise<{ readonly text: string; readonly masked: readonly string[] }> {
  const { layout: { base, models } } = device;
  const points: PrivatePoint[] = [];
  for (const at of models) {
    const definition = await loadDefinition(at.id);
    if (definition === undefined) continue;
    const registers = device.registers.slice(at.address - base);
    points.push(...privatePoints(definition, at, registers));
  }
  const hidden = points.filter(({ secret }) => secret || !keepSerials);
  const masked = maskRegisters({ base, registers: device.registers }, hidden);
  const text = toText(headOf(device, masked), masked.registers);
  const copies = masked.copies > 0
    ? [`${masked.copies} copies in other registers`]
    : [];
  return { text, masked: [...masked.points, ...copies] };
}

/** All fields except the registers; docs/dump.md describes them. */
function headOf(
  { layout, requests, connectMs, brokeOff }: RegisterDump,
  masked: ReturnType<typeof maskRegisters>,
): Readonly<Record<string, unknown>> {
  const { base, unitId, functionCode, models, end, oddities } = layout;
  const common = models.find(({ id }) => id === COMMON_MODEL_ID);
  const identity = common === undefined
    ? layout.identity
    : parseIdentity(masked.registers.slice(common.address - base));
  return {
    format: DUMP_FORMAT,
    version: DUMP_VERSION,
    program: VERSION,
    takenAt: new Date(SYSTEM_CLOCK.wallMs()).toISOString(),
    unitId,
    functionCode,
    base,
    manufacturer: identity.manufacturer,
    model: identity.model,
    options: identity.options,
    firmware: identity.firmware,
    serial: identity.serial,
    masked: { points: masked.points, copies: masked.copies },
    models: models.map(({ id, address, length }) => {
      return { id, addr: address, len: length };
    }),
    end,
    oddities: oddities.map(masked.maskText),
    brokeOff,
    connectMs: Math.round(10 * connectMs) / 10,
    requests: requests.map((request) => {
      return { ...request, outcome: masked.maskText(request.outcome) };
    }),
  };
}

/** Writes JSON with one line per field, per object of a list and per 20 registers. */
function toText(
  head: Readonly<Record<string, unknown>>,
  registers: readonly (number | null)[],
): string {
  const fields = Object.entries(head).map(([key, value]) => {
    const text = Array.isArray(value) && typeof value[0] === "object"
      ? `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n ]`
      : JSON.stringify(value);
    return ` ${JSON.stringify(key)}: ${text},\n`;
  });
  const lines: string[] = [];
  for (let at = 0; at < registers.length; at += REGISTERS_PER_LINE) {
    const line = registers.slice(at, at + REGISTERS_PER_LINE);
    lines.push(`  ${line.map((register) => JSON.stringify(register)).join(",")}`);
  }
  return `{\n${fields.join("")} "registers": [\n${lines.join(",\n")}\n ]\n}\n`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
