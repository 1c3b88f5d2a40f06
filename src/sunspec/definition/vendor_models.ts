/**
 * Adds model definitions that a manufacturer publishes to the built-in ones, or
 * replaces built-in ones on request. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "./definition.ts";
import { type DefinitionFault, FAULTS_MAX } from "./definition_rules.ts";
import { parseDefinition } from "./parse_definition.ts";

/** A file that contains one definition. */
export interface DefinitionFile {
  /** Its name, used in the places of faults. */
  readonly name: string;
  readonly text: string;
  /** Whether it replaces a built-in model. */
  readonly replaces: boolean;
}

/** Loads the definition of a model; undefined = there is none. */
export type LoadDefinition = (id: number) => Promise<ModelDefinition | undefined>;

/** Maximum number of definitions in a folder. */
export const FILES_MAX = 1_000;

/** Maximum number of missing points that a fault lists. */
const NAMED_MAX = 5;

/**
 * Parses definitions and adds them to the built-in ones.
 *
 * A definition that replaces a built-in model must have all its points and groups, each
 * a text or a number as there: records are made from them.
 *
 * @returns a loader that prefers these definitions to the built-in ones, or all faults
 * with file and place (at most 50).
 */
export async function addVendorModels(
  files: readonly DefinitionFile[],
  builtIn: LoadDefinition,
): Promise<Result<LoadDefinition, readonly DefinitionFault[]>> {
  const faults: DefinitionFault[] = [];
  const found = new Map<number, ModelDefinition>();
  const owners = new Map<number, string>();
  for (const { name, text, replaces } of files) {
    const parsed = parseDefinition(text, name);
    if (!parsed.ok) {
      faults.push(...parsed.fault);
      continue;
    }
    const { id } = parsed.value;
    const message = findConflict(
      parsed.value,
      await builtIn(id),
      owners.get(id),
      replaces,
    );
    if (message === undefined) {
      found.set(id, parsed.value);
      owners.set(id, name);
    } else faults.push({ place: `${name}, id`, message });
  }
  if (faults.length > 0) return bad(faults.slice(0, FAULTS_MAX));
  return good((id) => {
    const own = found.get(id);
    return own === undefined ? builtIn(id) : Promise.resolve(own);
  });
}

/** Describes the conflict of a definition with the others; undefined = none. */
function findConflict(
  model: ModelDefinition,
  builtIn: ModelDefinition | undefined,
  owner: string | undefined,
  replaces: boolean,
): string | undefined {
  if (owner !== undefined) return `is ${model.id}, which ${owner} also defines`;
  if (!replaces) {
    return builtIn === undefined
      ? undefined
      : `is ${model.id}, which is built in (${builtIn.name}); to replace it, move the ` +
        "file to the folder replace/";
  }
  if (builtIn === undefined) {
    return `is ${model.id}, which is not a built-in model and cannot be replaced; ` +
      "move the file out of the folder replace/";
  }
  const missing = missingIn(model.group, builtIn.group, "");
  if (missing.length === 0) return undefined;
  const more = missing.length > NAMED_MAX
    ? `, and ${missing.length - NAMED_MAX} more`
    : "";
  return `is ${model.id}, but points of the built-in model are missing or have another ` +
    `type: ${missing.slice(0, NAMED_MAX).join(", ")}${more}`;
}

/** The paths of points and groups that are missing in a definition. */
function missingIn(
  group: GroupDefinition,
  builtIn: GroupDefinition,
  prefix: string,
): string[] {
  const points = new Map(group.points.map((point) => [point.name, point]));
  return [
    ...builtIn.points.filter((point) => {
      const found = points.get(point.name);
      return found === undefined || isText(found) !== isText(point);
    }).map(({ name }) => `${prefix}${name}`),
    ...builtIn.groups.flatMap((inner) => {
      const found = group.groups.find(({ name }) => name === inner.name);
      const path = `${prefix}${inner.name}`;
      return found === undefined ? [path] : missingIn(found, inner, `${path}.`);
    }),
  ];
}

const TEXTS: ReadonlySet<string> = new Set(["string", "ipaddr", "ipv6addr", "eui48"]);

function isText({ type }: PointDefinition): boolean {
  return TEXTS.has(type);
}
