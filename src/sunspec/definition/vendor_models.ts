/**
 * Definitions of models that the program was not built with: what a
 * manufacturer publishes, beside the built-in ones or, where that is said, in
 * the place of one. Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "./definition.ts";
import { type DefinitionFault, FAULTS_MAX } from "./json_definition.ts";
import { parseDefinition } from "./parse_definition.ts";

/** A file with one definition. */
export interface DefinitionFile {
  /** Its name, for faults. */
  readonly name: string;
  readonly text: string;
  /** Whether it may stand in the place of a built-in model. */
  readonly replaces: boolean;
}

/** Looks a definition up; undefined = there is none. */
export type LoadDefinition = (id: number) => Promise<ModelDefinition | undefined>;

/** No folder has more definitions. */
export const FILES_MAX = 1_000;

/** How many missing points are named. */
const NAMED_MAX = 5;

/**
 * Reads definitions.
 *
 * One that replaces a built-in model must have all points and groups of that one,
 * of the same kind: records are made from them.
 *
 * @returns a look-up in which they come before the built-in ones, or every fault
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
    const message = judge(parsed.value, await builtIn(id), owners.get(id), replaces);
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

/** What is wrong with a definition beside the others; undefined = nothing. */
function judge(
  model: ModelDefinition,
  builtIn: ModelDefinition | undefined,
  owner: string | undefined,
  replaces: boolean,
): string | undefined {
  if (owner !== undefined) return `is ${model.id}, as in ${owner}`;
  if (!replaces) {
    return builtIn === undefined
      ? undefined
      : `is ${model.id}, which is built in (${builtIn.name}): a definition that is ` +
        "to stand in its place belongs in the folder replace/";
  }
  if (builtIn === undefined) {
    return `is ${model.id}, and no built-in model has it: there is nothing to replace`;
  }
  const missing = missingIn(model.group, builtIn.group, "");
  if (missing.length === 0) return undefined;
  const more = missing.length > NAMED_MAX
    ? `, and ${missing.length - NAMED_MAX} more`
    : "";
  return `is ${model.id}, but points of the built-in model are missing or of another ` +
    `kind: ${missing.slice(0, NAMED_MAX).join(", ")}${more}`;
}

/** The paths of points and groups that a definition lacks. */
function missingIn(
  group: GroupDefinition,
  wanted: GroupDefinition,
  prefix: string,
): string[] {
  const points = new Map(group.points.map((point) => [point.name, point]));
  return [
    ...wanted.points.filter((point) => {
      const found = points.get(point.name);
      return found === undefined || isText(found) !== isText(point);
    }).map(({ name }) => `${prefix}${name}`),
    ...wanted.groups.flatMap((inner) => {
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
