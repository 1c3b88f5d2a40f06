/**
 * Chooses the Deno that an executable is compiled with: the LTS release where its `denort`
 * is pinned and can be downloaded, otherwise the fallback.
 *
 * @module
 */

import { denortFromRelease } from "./denort_release.ts";
import { denortFromWheel } from "./denort_wheel.ts";
import { ROOT, runTool } from "./run_tool.ts";
import { readPins, type Target } from "./runtime_pins.ts";

/** A Deno that bundles and compiles. */
export interface CompileRuntime {
  readonly version: string;
  /** Path of `deno`. */
  readonly deno: string;
  /** Path of the `denort` of each target. */
  readonly denort: ReadonlyMap<Target, string>;
}

/** Provides a runtime for `targets`; its files are kept in `folder`. */
export async function provideRuntime(
  folder: string,
  targets: readonly Target[],
): Promise<CompileRuntime> {
  const { lts, fallback } = await readPins();
  const released = new Map<Target, string>();
  for (const target of targets) {
    const path = await denortFromRelease(folder, target, lts);
    if (path === undefined) break;
    released.set(target, path);
  }
  // One release contains one runtime: all targets, or the fallback for all.
  if (released.size === targets.length) {
    const { version } = lts;
    return { version, deno: await setUpDeno("lts"), denort: released };
  }
  const denort = new Map<Target, string>();
  for (const target of targets) {
    denort.set(target, await denortFromWheel(folder, target, fallback));
  }
  const { version } = fallback;
  return { version, deno: await setUpDeno("fallback"), denort };
}

/** Installs a Deno of `scripts/runtimes` unless it is there; returns its path. */
export async function setUpDeno(role: "lts" | "fallback"): Promise<string> {
  return (await runTool(`${ROOT}scripts/setup`, [role])).trim();
}
