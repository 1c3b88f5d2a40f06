/**
 * Checks whether systemd restarts an agent that hangs.
 *
 * @module
 */

import { type Finding, finding } from "../finding.ts";

/** Folders of unit files, in order of precedence (systemd.unit(5)). */
const UNIT_FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** Name of the agent's unit. */
export const SERVICE_UNIT = "sunspec-collector.service";

/** Examines the watchdog settings of the installed unit. */
export async function examineServiceUnit(): Promise<Finding> {
  const check = "watchdog";
  for (const folder of UNIT_FOLDERS) {
    const path = `${folder}/${SERVICE_UNIT}`;
    const text = await Deno.readTextFile(path).catch(() => undefined);
    if (text === undefined) continue;
    const watchdog = /^WatchdogSec=(.+)$/m.exec(text)?.[1];
    const notify = /^Type=notify(?:-reload)?$/m.test(text);
    return watchdog !== undefined && notify
      ? finding(
        check,
        "ok",
        `${path}: WatchdogSec=${watchdog}`,
        "systemd restarts an agent that hangs",
      )
      : finding(
        check,
        "failure",
        `${path} has ${watchdog === undefined ? "no WatchdogSec" : "no Type=notify"}`,
        "an agent that hangs would not be restarted: set Type=notify and WatchdogSec=10",
      );
  }
  return finding(
    check,
    "warning",
    `no unit ${SERVICE_UNIT} is installed`,
    "without systemd the agent is not restarted after a failure",
  );
}
