/**
 * The tasks of an actor on its connection: opening it and probing the unit.
 *
 * @module
 */

import type { ModbusSession } from "../../modbus/reader.ts";
import { loadCached } from "../commissioning/cached_device.ts";
import { probeLiveness } from "../commissioning/liveness_probe.ts";
import {
  type ActorScope,
  connectionOptions,
  failure,
  type TaskResult,
} from "./actor_scope.ts";

/** Connects to the device; loads its cached layout first. */
export async function openLink(
  scope: ActorScope,
  link: number,
): Promise<TaskResult<"opened">> {
  const { device, dependencies, signals, handles } = scope;
  const { host, port } = device.entry;
  device.known ??= await loadCached(device, dependencies);
  const handle = dependencies.pool.acquire({
    host,
    port,
    ...connectionOptions(device),
  });
  handles.set(link, handle);
  const connected = await handle.session.connect(signals.stop);
  // Another device may answer now: the next poll verifies everything.
  device.fullPollMs = -Infinity;
  if (connected.ok) return { kind: "opened" };
  return failure(scope, { kind: "unreachable", fault: connected.fault });
}

/** Reads the marker of a known unit. */
export async function probeUnit(
  scope: ActorScope,
  session: ModbusSession,
): Promise<TaskResult<"recognised" | "unrecognised">> {
  const { device: { known, entry: { timeoutMs } }, signals: { stop } } = scope;
  if (known === undefined || known.suspect) return { kind: "unrecognised" };
  const probed = await probeLiveness(session, known.layout, { timeoutMs }, stop);
  if (!probed.ok) return failure(scope, probed.fault);
  return { kind: probed.value ? "recognised" : "unrecognised" };
}
