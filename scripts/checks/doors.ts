/**
 * The doors: the only files under `src/` that may touch the outside world
 * (name `Deno`, a `node:` module, a package, a timer, the clock, chance).
 * Everything else is pure and is tested without them.
 *
 * @module
 */

/** Paths from the project's root. A door is thin: it moves bytes, it decides nothing. */
export const DOORS: ReadonlySet<string> = new Set([
  "src/base/system_clock.ts",
  "src/buffer/client.ts",
  "src/buffer/sqlite.ts",
  "src/buffer/worker.ts",
  "src/config/describe.ts",
  "src/config/discovery_schema.ts",
  "src/config/fields.ts",
  "src/config/load.ts",
  "src/config/observe_schema.ts",
  "src/config/quirk_fields.ts",
  "src/config/quirks_file.ts",
  "src/config/schema.ts",
  "src/config/toml.ts",
  "src/config/uplink_schema.ts",
  "src/config/validate.ts",
  "src/host/cache_file.ts",
  "src/host/clock_sync.ts",
  "src/host/control.ts",
  "src/host/journal.ts",
  "src/host/loop_lag.ts",
  "src/host/signals.ts",
  "src/host/start_file.ts",
  "src/host/systemd.ts",
  "src/host/whole_file.ts",
  "src/modbus/client.ts",
  "src/modbus/resolve.ts",
  "src/modbus/rtu_port.ts",
  "src/observe/listener.ts",
  "src/observe/log.ts",
  "src/observe/otlp.ts",
  "src/simulator/server.ts",
  "src/simulator/socket.ts",
  "src/sunspec/xml.ts",
  "src/telemetry/avro.ts",
  "src/uplink/files.ts",
  "src/uplink/files_folder.ts",
  "src/uplink/kafka.ts",
  "src/uplink/kafka_admin.ts",
  "src/uplink/kafka_client.ts",
  "src/uplink/kafka_probe.ts",
  "src/uplink/part_file.ts",
  "src/uplink/part_recovery.ts",
]);

/** Rooms in which every file is a door: they are the program's edge. */
export const DOOR_ROOMS: readonly string[] = ["src/cli/"];
