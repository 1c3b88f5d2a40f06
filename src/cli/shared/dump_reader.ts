/**
 * Reads registers out of a dump, as if the device were there. Pure.
 *
 * @module
 */

import { bad, good } from "../../base/result.ts";
import { EXCEPTION, type ModbusFault } from "../../modbus/faults.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import type { Dump } from "./dump_file.ts";

/**
 * Makes a reader that answers for every unit id: exception 2 for registers that
 * the dump does not have, exception 1 for another function than the dump's.
 */
export function createDumpReader(dump: Dump): RegisterReader {
  return {
    read({ functionCode, address, count }, signal) {
      signal.throwIfAborted();
      const known = dump.functionCode === null || functionCode === dump.functionCode;
      if (!known) return refuse(EXCEPTION.illegalFunction);
      const from = address - dump.base;
      const found = from < 0 ? [] : dump.registers.slice(from, from + count);
      const registers = found.filter((register) => register !== null);
      if (registers.length < count) return refuse(EXCEPTION.illegalDataAddress);
      return Promise.resolve(good(Uint16Array.from(registers)));
    },
  };
}

function refuse(code: number): ReturnType<RegisterReader["read"]> {
  const fault: ModbusFault = { kind: "exception", code };
  return Promise.resolve(bad(fault));
}
