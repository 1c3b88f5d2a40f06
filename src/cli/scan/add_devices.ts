/**
 * Adds devices to a configuration file and leaves every byte that a person
 * wrote as it is.
 *
 * @module
 */

import { dirname } from "node:path";
import { bad, good, type Result } from "../../base/result.ts";
import { loadConfig } from "../../config/source/load.ts";
import { type ConfigProblem, describeProblem } from "../../config/check/problem.ts";
import type { DeviceConfig } from "../../config/schema/schema.ts";
import { addressKey, unitsOf } from "../../config/configured_units.ts";
import { resolveHost } from "../../modbus/resolve.ts";
import { type DeviceBlock, deviceBlocks, freeName } from "../shared/device_blocks.ts";
import { isSystemFault } from "../framework/system_fault.ts";

/** What became of a file. */
export interface Added {
  readonly file: string;
  /** How many units were added; 0 = the file is as it was. */
  readonly units: number;
  /** How many units the file had already. */
  readonly present: number;
  /** The copy of the file as it was before; null = there was none, or nothing changed. */
  readonly backup: string | null;
}

/** What a new file begins with. */
const OPENING = "# Devices found by sunspec-collector scan.\n";

/** Who may read and write a new file: everybody reads, as with /etc. */
const NEW_FILE_MODE = 0o644;

/**
 * Adds the units that the file does not have yet, as tables at its end. The new
 * file is checked as `check` does it before it takes the old one's place in one
 * step; the old one stays beside it under another name.
 *
 * @param now names the backup.
 * @returns in words why the file was left as it was.
 */
export async function addDevices(
  file: string,
  blocks: readonly DeviceBlock[],
  env: Readonly<Record<string, string>>,
  now: Date,
): Promise<Result<Added, string>> {
  try {
    return await add(file, blocks, env, now);
  } catch (error) {
    if (!isSystemFault(error)) throw error;
    return bad(`${file} was left as it is: ${error.message}`);
  }
}

async function add(
  file: string,
  blocks: readonly DeviceBlock[],
  env: Readonly<Record<string, string>>,
  now: Date,
): Promise<Result<Added, string>> {
  const path = await realPath(file);
  const before = await readIfThere(path);
  let present: readonly DeviceConfig[] = [];
  if (before !== undefined) {
    const loaded = await loadConfig(path, env, { outside: true });
    // That it has no device is what is about to be mended.
    const faults = loaded.ok ? [] : errorsOf(loaded.fault)
      .filter(({ path }) => path !== "devices");
    if (faults.length > 0) {
      return bad(
        `${file} has faults of its own; mend these first:\n${words(faults)}`,
      );
    }
    present = loaded.ok ? loaded.value.config.devices : [];
  }
  const missing = await withoutPresent(blocks, present);
  const units = count(missing);
  const counts = { file, units, present: count(blocks) - units };
  if (units === 0) return good({ ...counts, backup: null });

  const text = append(before ?? OPENING, missing);
  // In the same folder: a name can only be moved within one file system.
  const fresh = await Deno.makeTempFile({ dir: dirname(path), prefix: ".new-" });
  try {
    await writeLike(fresh, text, path);
    const checked = await loadConfig(fresh, env, { outside: true });
    if (!checked.ok) {
      return bad(
        `${file} was left as it is, since with the new devices it would not pass ` +
          `\`check\`:\n${words(errorsOf(checked.fault), fresh, file)}`,
      );
    }
    if (await readIfThere(path) !== before) {
      return bad(
        `${file} was changed by somebody else meanwhile; it was left as it is`,
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
 * The blocks without the units that the file has, by whatever name of their host;
 * a name that the file has already is changed.
 */
async function withoutPresent(
  blocks: readonly DeviceBlock[],
  present: readonly DeviceConfig[],
): Promise<DeviceBlock[]> {
  const taken = new Set<string>();
  for (const device of present) {
    const hosts = [device.host, ...await resolveHost(device.host)];
    for (const host of hosts) {
      const key = addressKey({ host, port: device.port });
      for (const unitId of device.unit_ids) taken.add(`${key} ${unitId}`);
    }
  }
  const units = present.flatMap(unitsOf);
  const named = [...present, ...units].flatMap(({ id }) => id ?? []);
  const names = new Set(named);
  return blocks.flatMap((block) => {
    const key = addressKey(block);
    const unitIds = block.unitIds.filter((unitId) => !taken.has(`${key} ${unitId}`));
    const id = block.id === null ? null : freeName(block.id, names);
    return unitIds.length === 0 ? [] : [{ ...block, id, unitIds }];
  });
}

/** Puts the tables after the text, by the line ends that it has. */
function append(text: string, blocks: readonly DeviceBlock[]): string {
  const added = deviceBlocks(blocks);
  const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return text.includes("\r\n")
    ? `${whole.replace(/(?<!\r)\n$/, "\r\n")}${added.replaceAll("\n", "\r\n")}`
    : whole + added;
}

function count(blocks: readonly DeviceBlock[]): number {
  return blocks.reduce((sum, { unitIds }) => sum + unitIds.length, 0);
}

/** What a link leads to: the link itself stays a link. */
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

/** Fills and syncs a file that is there already, and makes it like another in mode and owner. */
async function writeLike(path: string, text: string, like: string): Promise<void> {
  const old = await Deno.stat(like).catch(() => undefined);
  using file = await Deno.open(path, { write: true, truncate: true });
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
  if (old !== undefined) {
    // Only root may give a file away; whoever else writes here owns it anyway.
    await Deno.chown(path, old.uid, old.gid).catch(() => {});
  }
  await Deno.chmod(path, (old?.mode ?? NEW_FILE_MODE) & 0o777);
  await file.sync();
}

/** How many backups one second may have. */
const BACKUPS_MAX = 100;

/** Copies the file to a name that was free. */
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

/** A new name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

function errorsOf(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.filter(({ severity }) => severity === "error");
}

function words(
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
