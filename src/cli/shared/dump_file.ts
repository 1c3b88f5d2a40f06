/**
 * Register dumps of devices, as JSON files: what `dump` writes and `simulate`
 * plays. Keys that are not named here are somebody else's, and are let be.
 *
 * ```json
 * { "base": 40000, "unitId": 1, "functionCode": 3, "registers": [21365, 28243, null] }
 * ```
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";

/** The registers of a device, as it gave them. */
export interface Dump {
  /** Zero-based address of `registers[0]`, which holds the first half of "SunS". */
  readonly base: number;
  /** The Modbus unit id that it answered to; null = not known. */
  readonly unitId: number | null;
  /** The function code that it was read with; null = not known. */
  readonly functionCode: 3 | 4 | null;
  /** Null = the device answers exception 2 there. */
  readonly registers: readonly (number | null)[];
}

/** The value of `format` in the dumps that this program writes; those of others have none. */
export const DUMP_FORMAT = "sunspec-collector-dump";
/** Rises when a reader of the version before would misread the file. */
export const DUMP_VERSION = 1;

/** 65,536 registers and whatever is told beside them are smaller. */
const FILE_BYTES_MAX = 16 * 1024 ** 2;
const ADDRESSES = 65_536;
const UNIT_MAX = 255;

/** Reads a dump's file. A fault says the place, what was found and what was wanted. */
export async function loadDump(path: string): Promise<Result<Dump, string>> {
  let text: string;
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) return bad(`${path}: found no file, wanted a dump (JSON)`);
    if (size > FILE_BYTES_MAX) {
      return bad(`${path}: found ${size} bytes, wanted a dump of 16 MiB at the most`);
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return bad(`${path}: cannot be read: ${why}`);
  }
  const parsed = parseDump(text);
  return parsed.ok ? parsed : bad(`${path}: ${parsed.fault}`);
}

/** Reads a dump. A fault says the place, what was found and what was wanted. */
export function parseDump(text: string): Result<Dump, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return bad(`found no JSON (${error instanceof Error ? error.message : error})`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return bad(`found ${show(json)}, wanted an object with "base" and "registers"`);
  }
  const fields = json as Readonly<Record<string, unknown>>;
  const { format, version, base, unitId = null, functionCode = null, registers } =
    fields;
  if (format !== undefined && format !== DUMP_FORMAT) {
    return bad(`format: found ${show(format)}, wanted "${DUMP_FORMAT}" or nothing`);
  }
  if (format !== undefined && version !== DUMP_VERSION) {
    return bad(`version: found ${show(version)}, wanted ${DUMP_VERSION}`);
  }
  if (!isWhole(base, ADDRESSES - 1)) {
    return bad(`base: found ${show(base)}, wanted a whole number from 0 to 65535`);
  }
  if (unitId !== null && !isWhole(unitId, UNIT_MAX)) {
    return bad(
      `unitId: found ${show(unitId)}, wanted a whole number from 0 to 255 or null`,
    );
  }
  if (functionCode !== null && functionCode !== 3 && functionCode !== 4) {
    return bad(`functionCode: found ${show(functionCode)}, wanted 3, 4 or null`);
  }
  if (!Array.isArray(registers) || registers.length === 0) {
    return bad(`registers: found ${show(registers)}, wanted a list of numbers`);
  }
  if (base + registers.length > ADDRESSES) {
    return bad(
      `registers: found ${registers.length} from ${base} on, wanted them to end by 65535`,
    );
  }
  const wrong = registers.findIndex((register) =>
    register !== null && !isWhole(register, 0xffff)
  );
  if (wrong >= 0) {
    return bad(
      `registers[${wrong}]: found ${show(registers[wrong])}, ` +
        "wanted a whole number from 0 to 65535 or null",
    );
  }
  return good({ base, unitId, functionCode, registers });
}

function isWhole(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 &&
    value <= max;
}

/** What stands there, in a few words. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
