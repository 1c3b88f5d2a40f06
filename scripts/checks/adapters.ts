/**
 * The adapters: the only files under `src/` that may use the runtime (`Deno`, a
 * `node:` module), a package, a timer, the clock or random numbers. All other
 * files are pure and are tested without them.
 *
 * @module
 */

/** Paths from the project's root. An adapter translates and decides as little as possible. */
export const ADAPTERS: ReadonlySet<string> = new Set([
  "src/platform/system_clock.ts",
  "src/buffer/worker/client.ts",
  "src/buffer/store/sqlite.ts",
  "src/buffer/worker/worker.ts",
  "src/config/schema/schema_tree.ts",
  "src/config/schema/device.ts",
  "src/config/schema/discovery.ts",
  "src/config/schema/fields.ts",
  "src/config/source/key_lines.ts",
  "src/config/source/load.ts",
  "src/config/schema/observe.ts",
  "src/config/schema/quirk_fields.ts",
  "src/config/check/quirks_file.ts",
  "src/config/schema/schema.ts",
  "src/config/source/toml.ts",
  "src/config/schema/uplink.ts",
  "src/config/check/validate.ts",
  "src/platform/cache_file.ts",
  "src/platform/disk_space_watch.ts",
  "src/platform/clock_sync.ts",
  "src/platform/clock_sync_watch.ts",
  "src/platform/control_socket.ts",
  "src/platform/journal.ts",
  "src/platform/event_loop_lag.ts",
  "src/platform/files.ts",
  "src/platform/process.ts",
  "src/platform/signals.ts",
  "src/platform/start_file.ts",
  "src/platform/systemd.ts",
  "src/platform/atomic_file.ts",
  "src/platform/slot_file.ts",
  "src/modbus/client.ts",
  "src/platform/connect.ts",
  "src/platform/resolve_host.ts",
  "src/observability/http/server.ts",
  "src/observability/log/log.ts",
  "src/observability/metrics/otlp.ts",
  "src/simulator/server/server.ts",
  "src/simulator/server/socket.ts",
  "src/sunspec/definition/xml.ts",
  "src/records/avro/avsc.ts",
  "src/uplink/files/files_uplink.ts",
  "src/uplink/files/folder.ts",
  "src/uplink/kafka/broker_connection.ts",
  "src/uplink/kafka/broker_requests.ts",
  "src/uplink/kafka/client.ts",
  "src/uplink/kafka/compression.ts",
  "src/uplink/kafka/no_auto_creation.ts",
  "src/uplink/kafka/kafkajs_fixes.ts",
  "src/uplink/kafka/sockets.ts",
  "src/uplink/kafka/probe/probe.ts",
  "src/uplink/kafka/probe/connection.ts",
  "src/uplink/kafka/reachable_lookup.ts",
  "src/uplink/files/part_file.ts",
  "src/uplink/files/part_recovery.ts",
  "src/agent/setup/models_folder.ts",
  "src/diagnostics/installation/buffer_file.ts",
  "src/diagnostics/installation/disk.ts",
  "src/diagnostics/installation/service_unit.ts",
]);

/** Folders in which every file may use effects: entry points, and tests. */
export const ADAPTER_LAYERS: readonly string[] = ["src/cli/", "src/testing/"];
