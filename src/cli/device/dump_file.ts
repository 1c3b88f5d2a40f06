/**
 * Register dumps of devices as JSON files: `dump` writes them, `read` and `simulate`
 * read them. Unknown keys are ignored.
 *
 * ```json
 * { "base": 40000, "unitId": 1, "functionCode": 3, "registers": [21365, 28243, null] }
 * ```
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { bad, good, type Result } from "../../base/result.ts";

/** The registers of a device. */
export interface Dump {
  /** Zero-based address of `registers[0]`, the first register of the `SunS` marker. */
  readonly base: number;
  /** Modbus unit id of the device; null = unknown. */
  readonly unitId: number | null;
  /** Function code it was read with; null = unknown. */
  readonly functionCode: 3 | 4 | null;
  /** Null = the device answers with exception 2. */
  readonly registers: readonly (number | null)[];
}

/** Value of `format` in dumps of this program; dumps of other programs have no such key. */
export const DUMP_FORMAT = "sunspec-collector-dump";
/** Incremented when readers of the previous version would misread the file. */
export const DUMP_VERSION = 1;

/** More than 65,536 registers and their metadata need. */
const FILE_BYTES_MAX = 16 * 1024 ** 2;
const ADDRESSES = 65_536;
const UNIT_MAX = 255;

/** Loads a dump. A fault states the place, what was found and what was expected. */
export async function loadDump(path: string): Promise<Result<Dump, string>> {
  let text: string;
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) return bad(`${path}: not a file; expected a dump (JSON)`);
    if (size > FILE_BYTES_MAX) {
      return bad(`${path}: found ${size} bytes, expected at most 16 MiB`);
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(`${path}: cannot be read: ${why}`);
  }
  const parsed = parseDump(text);
  return parsed.ok ? parsed : bad(`${path}: ${parsed.fault}`);
}

/** Parses a dump. A fault states the place, what was found and what was expected. */
export function parseDump(text: string): Result<Dump, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return bad(`invalid JSON (${error instanceof Error ? error.message : error})`);
  }
  if (!isObject(json)) {
    return bad(`found ${show(json)}, expected an object with "base" and "registers"`);
  }
  const { format, version, base, unitId = null, functionCode = null, registers } = json;
  if (format !== undefined && format !== DUMP_FORMAT) {
    return bad(`format: found ${show(format)}, expected "${DUMP_FORMAT}" or nothing`);
  }
  if (format !== undefined && version !== DUMP_VERSION) {
    return bad(`version: found ${show(version)}, expected ${DUMP_VERSION}`);
  }
  if (!isWhole(base, ADDRESSES - 1)) {
    return bad(`base: found ${show(base)}, expected an integer from 0 to 65535`);
  }
  if (unitId !== null && !isWhole(unitId, UNIT_MAX)) {
    return bad(
      `unitId: found ${show(unitId)}, expected an integer from 0 to 255 or null`,
    );
  }
  if (functionCode !== null && functionCode !== 3 && functionCode !== 4) {
    return bad(`functionCode: found ${show(functionCode)}, expected 3, 4 or null`);
  }
  if (!Array.isArray(registers) || registers.length === 0) {
    return bad(`registers: found ${show(registers)}, expected a list of numbers`);
  }
  if (base + registers.length > ADDRESSES) {
    return bad(
      `registers: found ${registers.length} starting at ${base}, expected the last one at 65535 or below`,
    );
  }
  const wrong = registers.findIndex((register) =>
    register !== null && !isWhole(register, 0xffff)
  );
  if (wrong >= 0) {
    return bad(
      `registers[${wrong}]: found ${show(registers[wrong])}, ` +
        "expected an integer from 0 to 65535 or null",
    );
  }
  return good({ base, unitId, functionCode, registers });
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 &&
    value <= max;
}

/** Describes a value in a few words. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isObject(value)) return "an object";
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
