/**
 * The dumps in `../shared/devices` decoded by pysunspec2, an independent decoder, with
 * corrections where the README there lists it as lenient. The scale factor of a point is
 * taken from pysunspec2's model files.
 *
 * @module
 */

/** One point, decoded by the oracle. */
export interface OraclePoint {
  /** Such as `module[2].DCW`. */
  readonly path: string;
  readonly type: string;
  readonly hex: string;
  readonly raw: string | number | null;
  readonly value: string | number | null;
}

/** One model, decoded by the oracle; null points = the oracle failed. */
export interface OracleModel {
  readonly id: number;
  readonly addr: number;
  readonly len: number;
  readonly points: readonly OraclePoint[] | null;
  readonly error: string | null;
}

/** Expected value of a point; `inexact` = the value comes from a comparison of text. */
export type ExpectedValue = string | number | null;

/** The scale factor of each point of a model, by the point's path without indexes. */
export type Scales = ReadonlyMap<string, string | number>;

const PYTHON_LIBRARIES = ".tools/venv/lib";
const MODELS = "site-packages/sunspec2/models/json";

/** The folder of pysunspec2's models, for any Python version. */
function modelsFolder(): string {
  const [python] = [...Deno.readDirSync(PYTHON_LIBRARIES)].map(({ name }) => name);
  return `${PYTHON_LIBRARIES}/${python}/${MODELS}`;
}

/** Reads the scale factors of a model's points from pysunspec2's files. */
export async function loadScales(id: number): Promise<Scales> {
  const scales = new Map<string, string | number>();
  const text = await Deno.readTextFile(`${modelsFolder()}/model_${id}.json`).catch(() =>
    "{}"
  );
  const { group } = JSON.parse(text);
  if (group !== undefined) collect(group, "", scales);
  return scales;
}

interface JsonGroup {
  readonly points?: readonly { readonly name: string; readonly sf?: string | number }[];
  readonly groups?: readonly (JsonGroup & { readonly name: string })[];
}

function collect(
  group: JsonGroup,
  prefix: string,
  scales: Map<string, string | number>,
): void {
  for (const { name, sf } of group.points ?? []) {
    if (sf !== undefined) scales.set(prefix + name, sf);
  }
  for (const inner of group.groups ?? []) {
    collect(inner, `${prefix}${inner.name}.`, scales);
  }
}

/** Expected value of a point, by the oracle and the README. */
export function expectedValueOf(
  point: OraclePoint,
  model: OracleModel,
  scales: Scales,
): ExpectedValue {
  const { path, type, hex } = point;
  if (type.startsWith("bitfield") && parseInt(hex.slice(0, 1), 16) >= 8) return null;
  if (type === "string") return textOf(hex);
  const scale = scales.get(path.replaceAll(/\[\d+\]/g, ""));
  const raw = type.startsWith("acc") && /^0+$/.test(hex) ? 0 : point.raw;
  if (scale === undefined || raw === null) {
    return raw === null ? null : point.raw ?? raw;
  }
  const power = typeof scale === "number" ? scale : scaleAt(path, scale, model);
  return power === null ? null : Number(`${raw}e${power}`);
}

/** Value of the scale factor nearest to a point: in its group or an enclosing one. */
function scaleAt(path: string, name: string, model: OracleModel): number | null {
  const parts = path.split(".");
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const candidate = [...parts.slice(0, depth), name].join(".");
    const found = model.points?.find((point) => point.path === candidate);
    if (found === undefined) continue;
    const power = typeof found.value === "number" ? found.value : null;
    return power !== null && Math.abs(power) <= 10 ? power : null;
  }
  return null;
}

function textOf(hex: string): string | null {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const end = bytes.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
    .trim();
  return text === "" ? null : text;
}
