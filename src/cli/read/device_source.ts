/**
 * The source of registers of `read`: a device on the network, or a dump.
 *
 * @module
 */

import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import { good, type Result } from "../../base/result.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { loadDump } from "../device/dump_file.ts";
import { createDumpReader } from "../device/dump_reader.ts";
import type { DeviceSource } from "../framework/option_values.ts";

/** An open source. */
export interface OpenSource {
  readonly reader: RegisterReader;
  /** Name of the source, for messages. */
  readonly label: string;
  /** What the dump states about its device; null for a device on the network. */
  readonly dump: { readonly base: number; readonly unitId: number | null } | null;
  close(): Promise<void>;
}

/** Opens a source. The connection to a device is opened by the first read. */
export async function openSource(
  source: DeviceSource,
  connectTimeoutMs: number,
): Promise<Result<OpenSource, string>> {
  if (source.kind === "address") {
    const { host, port } = source;
    const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
    const handle = pool.acquire({ host, port, gapMs: 0, connectTimeoutMs });
    const label = handle.session.address;
    const close = () => pool.close();
    return good({ reader: handle.session, label, dump: null, close });
  }
  const dump = await loadDump(source.path);
  if (!dump.ok) return dump;
  return good({
    reader: createDumpReader(dump.value),
    label: source.path,
    dump: dump.value,
    close: () => Promise.resolve(),
  });
}
