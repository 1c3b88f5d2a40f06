/**
 * Loads a configuration and the model definitions that it refers to.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import {
  loadConfig,
  type LoadedConfig,
  type LoadOptions,
} from "../../config/source/load.ts";
import type { ConfigProblem } from "../../config/check/problem.ts";
import type { DefinitionFault } from "../../sunspec/definition/definition_rules.ts";
import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { findBufferSizeFaults } from "./buffer_size.ts";
import { loadModelsFolder } from "./models_folder.ts";

/** A configuration with its model definitions. */
export interface Setup extends LoadedConfig {
  readonly loadDefinition: LoadDefinition;
}

/**
 * Loads and checks a configuration and the files that it refers to.
 *
 * @returns all faults at once; never rejects.
 */
export async function loadSetup(
  path: string,
  env: Readonly<Record<string, string>>,
  options: LoadOptions = {},
): Promise<Result<Setup, readonly ConfigProblem[]>> {
  const loaded = await loadConfig(path, env, {
    ...options,
    findFaults: findBufferSizeFaults,
  });
  if (!loaded.ok) return loaded;
  const models = await loadModelsFolder(loaded.value.config.discovery.models_dir);
  if (!models.ok) {
    return bad([...loaded.value.warnings, ...models.fault.map(toProblem)]);
  }
  return good({ ...loaded.value, loadDefinition: models.value });
}

/**
 * Converts a fault to a problem. Its place is like `own.xml, line 12, point W, type`, its
 * message like `is "int17"; expected a point type`.
 */
function toProblem({ place, message }: DefinitionFault): ConfigProblem {
  const [file = place, ...parts] = place.split(", ");
  const line = /^line (\d+)$/.exec(parts[0] ?? "")?.[1];
  const path = line === undefined ? parts : parts.slice(1);
  const [, found = message, wanted = "a consistent definition"] =
    /^(?:is )?(.*); expected (.*)$/s.exec(message) ?? [];
  return {
    severity: "error",
    file,
    line: line === undefined ? null : Number(line),
    variable: null,
    path: path.join(", "),
    found,
    wanted,
    hint: null,
  };
}
