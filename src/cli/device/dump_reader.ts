/**
 * Reads registers from a dump instead of a device. Pure.
 *
 * @module
 */

import { bad, good } from "../../base/result.ts";
import { EXCEPTION, type ModbusFault } from "../../modbus/faults.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import type { Dump } from "./dump_file.ts";

/**
 * Creates a reader that answers at every unit id: exception 2 for registers that the
 * dump does not contain, exception 1 for another function code than the dump's.
 */
export function createDumpReader(dump: Dump): RegisterReader {
  return {
    read({ functionCode, address, count }, signal) {
      signal.throwIfAborted();
      const supported = dump.functionCode === null ||
        functionCode === dump.functionCode;
      if (!supported) return refuse(EXCEPTION.illegalFunction);
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
