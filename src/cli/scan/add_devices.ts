/**
 * Adds devices to a configuration file without changing its existing content.
 *
 * @module
 */

import { dirname } from "node:path";
import { bad, good, type Result } from "../../base/result.ts";
import { loadConfig } from "../../config/source/load.ts";
import { type ConfigProblem, describeProblem } from "../../config/check/problem.ts";
import type { DeviceConfig } from "../../config/schema/schema.ts";
import { configuredAddress, unitsOf } from "../../config/configured_units.ts";
import { resolveHost } from "../../platform/resolve_host.ts";
import {
  type DeviceTable,
  formatDeviceTables,
  reserveName,
} from "../../config/device_tables.ts";
import { isSystemError } from "../framework/system_error.ts";

/** The result of adding devices. */
export interface AddedDevices {
  readonly file: string;
  /** Number of units added; 0 = the file is unchanged. */
  readonly units: number;
  /** Number of units that the file already contained. */
  readonly present: number;
  /** Backup of the previous file; null = the file is new or unchanged. */
  readonly backup: string | null;
}

/** First line of a new file. */
const NEW_FILE_HEADER = "# Devices found by sunspec-collector scan.\n";

/** Mode of a new file: readable by all users, as is usual in /etc. */
const NEW_FILE_MODE = 0o644;

/**
 * Appends tables for the units that the file does not contain yet. The new file is
 * checked as by `check` before it atomically replaces the old one; the old one is kept
 * as a backup.
 *
 * @param now time for the name of the backup.
 * @returns a fault that states why the file was not changed.
 */
export async function addDevices(
  file: string,
  tables: readonly DeviceTable[],
  env: Readonly<Record<string, string>>,
  now: Date,
): Promise<Result<AddedDevices, string>> {
  try {
    return await add(file, tables, env, now);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return bad(`${file} was not changed: ${error.message}`);
  }
}

async function add(
  file: string,
  tables: readonly DeviceTable[],
  env: Readonly<Record<string, string>>,
  now: Date,
): Promise<Result<AddedDevices, string>> {
  const path = await realPath(file);
  const before = await readIfThere(path);
  let present: readonly DeviceConfig[] = [];
  if (before !== undefined) {
    const loaded = await loadConfig(path, env, { outsideService: true });
    // A missing device is not a fault here: devices are about to be added.
    const faults = loaded.ok ? [] : errorsOf(loaded.fault)
      .filter(({ path }) => path !== "devices");
    if (faults.length > 0) {
      return bad(
        `${file} is invalid; correct it first:\n${listProblems(faults)}`,
      );
    }
    present = loaded.ok ? loaded.value.config.devices : [];
  }
  const missing = await withoutPresent(tables, present);
  const units = count(missing);
  const counts = { file, units, present: count(tables) - units };
  if (units === 0) return good({ ...counts, backup: null });

  const text = append(before ?? NEW_FILE_HEADER, missing);
  // In the same folder, because a rename cannot cross file systems.
  const fresh = await Deno.makeTempFile({ dir: dirname(path), prefix: ".new-" });
  try {
    await writeLike(fresh, text, path);
    const checked = await loadConfig(fresh, env, { outsideService: true });
    if (!checked.ok) {
      return bad(
        `${file} was not changed, because with the new devices it would be invalid:\n${
          listProblems(errorsOf(checked.fault), fresh, file)
        }`,
      );
    }
    if (await readIfThere(path) !== before) {
      return bad(
        `${file} was not changed, because another program changed it at the same time; try again`,
      );
    }
    const backup = before === undefined ? null : await keepCopy(path, before, now);
    await Deno.rename(fresh, path);
    await syncFolder(dirname(path));
    return good({ ...counts, backup });
  } finally {
    await Deno.remove(fresh).catch(() => {});
  }
}

/**
 * Removes the units that the file contains, under any name of their host, and renames
 * ids that the file contains.
 */
async function withoutPresent(
  tables: readonly DeviceTable[],
  present: readonly DeviceConfig[],
): Promise<DeviceTable[]> {
  const taken = new Set<string>();
  for (const device of present) {
    const hosts = [device.host, ...await resolveHost(device.host)];
    for (const host of hosts) {
      const key = configuredAddress({ host, port: device.port });
      for (const unitId of device.unit_ids) taken.add(`${key} ${unitId}`);
    }
  }
  const units = present.flatMap(unitsOf);
  const named = [...present, ...units].flatMap(({ id }) => id ?? []);
  const ids = new Set(named);
  return tables.flatMap((table) => {
    const key = configuredAddress(table);
    const unitIds = table.unitIds.filter((unitId) => !taken.has(`${key} ${unitId}`));
    const id = table.id === null ? null : reserveName(table.id, ids);
    return unitIds.length === 0 ? [] : [{ ...table, id, unitIds }];
  });
}

/** Appends the tables with the line ends of the text. */
function append(text: string, tables: readonly DeviceTable[]): string {
  const added = formatDeviceTables(tables);
  const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return text.includes("\r\n")
    ? `${whole.replace(/(?<!\r)\n$/, "\r\n")}${added.replaceAll("\n", "\r\n")}`
    : whole + added;
}

function count(tables: readonly DeviceTable[]): number {
  return tables.reduce((sum, { unitIds }) => sum + unitIds.length, 0);
}

/** Resolves a symbolic link, so that its target is replaced and not the link. */
async function realPath(file: string): Promise<string> {
  try {
    return await Deno.realPath(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return file;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes and syncs an existing file, and gives it the mode and owner of another file. */
async function writeLike(path: string, text: string, like: string): Promise<void> {
  const old = await Deno.stat(like).catch(() => undefined);
  using file = await Deno.open(path, { write: true, truncate: true });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
  if (old !== undefined) {
    // Only root may change the owner; other users own the file already.
    await Deno.chown(path, old.uid, old.gid).catch(() => {});
  }
  await Deno.chmod(path, (old?.mode ?? NEW_FILE_MODE) & 0o777);
  await file.sync();
}

/** Maximum number of backups within one second. */
const BACKUPS_MAX = 100;

/** Writes a backup under an unused name. */
async function keepCopy(path: string, text: string, now: Date): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  for (let nth = 1;; nth++) {
    const backup = `${path}.${stamp}Z${nth > 1 ? `-${nth}` : ""}.bak`;
    try {
      (await Deno.open(backup, { write: true, createNew: true, mode: 0o600 })).close();
    } catch (error) {
      const taken = error instanceof Deno.errors.AlreadyExists;
      if (taken && nth < BACKUPS_MAX) continue;
      throw error;
    }
    await writeLike(backup, text, path);
    return backup;
  }
}

/** A rename is durable only after its folder is synced. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

function errorsOf(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.filter(({ severity }) => severity === "error");
}

function listProblems(
  problems: readonly ConfigProblem[],
  from?: string,
  to?: string,
): string {
  return problems.map((problem) => {
    const named = problem.file === from && to !== undefined
      ? { ...problem, file: to }
      : problem;
    return describeProblem(named);
  }).join("\n");
}
