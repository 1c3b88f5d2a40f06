/**
 * The head of a payload, read without its schema.
 *
 * @module
 */

/** Whose record it is and which. */
export interface Head {
  readonly gateway: string;
  readonly deviceId: string;
  readonly epoch: number;
  readonly seq: number;
}

/**
 * Reads the head of a payload of any version and type: every record begins
 * with the same fields in the same order. Total: any bytes give a head or
 * undefined.
 */
export function readHead(_payload: Uint8Array): Head | undefined {
  throw new Error("not yet");
}
