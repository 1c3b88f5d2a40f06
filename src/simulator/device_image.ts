/**
 * What a simulated device is made of: registers from a base address on, and
 * the manners of the device that answers for them.
 *
 * @module
 */

/** A read request as the device sees it. */
export interface ImageRequest {
  readonly unitId: number;
  readonly functionCode: number;
  /** Zero-based address of the first register. */
  readonly address: number;
  /** How many registers are asked for. */
  readonly count: number;
}

/** A run of registers. */
export interface RegisterRange {
  /** Zero-based address of the first register. */
  readonly address: number;
  readonly count: number;
}

/** The registers of one unit, live: whoever holds the image may poke them. */
export interface DeviceImage {
  /** Zero-based address of `registers[0]`. */
  readonly base: number;
  /** Their content; what lies outside is answered with exception 2. */
  readonly registers: Uint16Array;
  /** Ranges inside the image that are answered with exception 2. */
  readonly unreadable?: readonly RegisterRange[];
  /** The one function code that the device knows (exception 1 for the other); without it both 3 and 4. */
  readonly functionCode?: 3 | 4;
  /** The most registers of one read, 1..125 (exception 3 beyond); 125 without it. */
  readonly registersPerReadMax?: number;
  /** Called before a well-formed request is looked up, so that registers can change. */
  before?: (request: ImageRequest) => void;
}

/** What a look-up gives: the registers, or a Modbus exception code. */
export type ImageAnswer =
  | { readonly ok: true; readonly registers: Uint16Array }
  | { readonly ok: false; readonly code: number };

/** The most registers that one answer can carry (Modbus Application Protocol 1.1b3, 6.3). */
const REGISTERS_MAX = 125;

/**
 * Answers a read from an image: exception 1 for a function that it does not
 * know, 3 for a count out of bounds, 2 for registers that are not there.
 */
export function readImage(image: DeviceImage, request: ImageRequest): ImageAnswer {
  const { functionCode, address, count } = request;
  const known = image.functionCode === undefined
    ? functionCode === 3 || functionCode === 4
    : functionCode === image.functionCode;
  if (!known) return { ok: false, code: 1 };
  const countMax = Math.min(image.registersPerReadMax ?? REGISTERS_MAX, REGISTERS_MAX);
  if (count < 1 || count > countMax) return { ok: false, code: 3 };
  image.before?.(request);
  const first = address - image.base;
  const beyond = first + count;
  if (first < 0 || beyond > image.registers.length) return { ok: false, code: 2 };
  const touched = image.unreadable?.some((range) =>
    address < range.address + range.count && range.address < address + count
  );
  if (touched === true) return { ok: false, code: 2 };
  return { ok: true, registers: image.registers.slice(first, beyond) };
}
