/**
 * Walks the model chain of an image. Pure.
 *
 * @module
 */

/** A model in an image. */
export interface PlacedModel {
  readonly id: number;
  /** Index in the image of the register with the model id. */
  readonly at: number;
  /** Value of L: number of registers after it. */
  readonly length: number;
}

/** "SunS" (SunSpec Device Information Model Specification, "Base address"). */
const MARKER_SIZE = 2;
const HEADER_SIZE = 2;
const END_ID = 0xffff;

/** The models that are completely contained in the registers, which begin with the marker. */
export function walkModels(registers: Uint16Array): PlacedModel[] {
  const models: PlacedModel[] = [];
  for (let at = MARKER_SIZE; at + HEADER_SIZE <= registers.length;) {
    const id = registers[at] ?? END_ID;
    const length = registers[at + 1] ?? 0;
    const next = at + HEADER_SIZE + length;
    if (id === END_ID || next > registers.length) break;
    models.push({ id, at, length });
    at = next;
  }
  return models;
}
