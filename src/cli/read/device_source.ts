/**
 * What `read` looks at: a device on the network, or a dump of one.
 *
 * @module
 */

import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { good, type Result } from "../../base/result.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import { createTcpPool } from "../../modbus/tcp_pool.ts";
import { loadDump } from "../shared/dump_file.ts";
import { createDumpReader } from "../shared/dump_reader.ts";
import type { DeviceSource } from "../framework/option_values.ts";

/** A source that is open. */
export interface OpenSource {
  readonly reader: RegisterReader;
  /** The source in words, for messages. */
  readonly label: string;
  /** What a dump knows of its device; null for a device. */
  readonly dump: { readonly base: number; readonly unitId: number | null } | null;
  close(): Promise<void>;
}

/** Opens a source; a device is connected to only when it is read. */
export async function openSource(
  source: DeviceSource,
  connectTimeoutMs: number,
): Promise<Result<OpenSource, string>> {
  if (source.kind === "address") {
    const { host, port } = source;
    const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
    const lease = pool.lease({ host, port, gapMs: 0, connectTimeoutMs });
    const label = lease.session.address;
    const close = () => pool.close();
    return good({ reader: lease.session, label, dump: null, close });
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
