/**
 * Parses the notes beside an image literal: the values that a decoder is expected to
 * find. Pure.
 *
 * @module
 */

/** An expected value; null = not implemented. */
export type NotedValue = number | string | null;

/** An expected model. */
export interface NotedModel {
  readonly id: number;
  readonly address: number;
  readonly length: number;
  /** By path, such as `W`, `module[0].DCW` or `Crv[0].MustTrip[0].Pt[1].V`. */
  readonly points: ReadonlyMap<string, NotedValue>;
}

const MODEL = /^model (\d+) at (\d+), L = (\d+)$/;
const GROUP = /^([\w.[\]]+): /;
const POINT = /(\w+) = ("[^"]*"|null|-?[\d.]+)/g;

/** The models in the notes of a literal, in order. */
export function readNotes(text: string): NotedModel[] {
  const models: (NotedModel & { points: Map<string, NotedValue> })[] = [];
  let prefix = "";
  for (const line of text.split("\n")) {
    const note = line.slice(line.indexOf("#") + 1).trim();
    const model = MODEL.exec(note);
    if (model !== null) {
      const [, id, address, length] = model.map(Number);
      models.push({
        id: id ?? 0,
        address: address ?? 0,
        length: length ?? 0,
        points: new Map(),
      });
      prefix = "";
      continue;
    }
    const group = GROUP.exec(note);
    if (group !== null) prefix = `${group[1]}.`;
    for (const [, name, value = "null"] of note.matchAll(POINT)) {
      models.at(-1)?.points.set(`${prefix}${name}`, JSON.parse(value));
    }
  }
  return models;
}
