/**
 * Image of a simulated device: its registers, starting at a base address, and its limits.
 * Pure.
 *
 * @module
 */

/** A read request. */
export interface ImageRequest {
  readonly unitId: number;
  readonly functionCode: number;
  /** Zero-based address of the first register. */
  readonly address: number;
  /** Number of requested registers. */
  readonly count: number;
}

/** A range of registers. */
export interface RegisterRange {
  /** Zero-based address of the first register. */
  readonly address: number;
  readonly count: number;
}

/** The registers of one unit; they may be changed at any time. */
export interface DeviceImage {
  /** Zero-based address of `registers[0]`. */
  readonly base: number;
  /** Register values; reads outside get exception 2. */
  readonly registers: Uint16Array;
  /** Ranges inside the image that get exception 2. */
  readonly unreadable?: readonly RegisterRange[];
  /** The only supported function code (exception 1 for the other); default: 3 and 4. */
  readonly functionCode?: 3 | 4;
  /** Limit of registers per read, 1..125 (exception 3 above it); default 125. */
  readonly registersPerReadMax?: number;
  /** Called before a well-formed request is answered, so that it can change registers. */
  before?: (request: ImageRequest) => void;
}

/** The requested registers, or a Modbus exception code. */
export type ImageResponse =
  | { readonly ok: true; readonly registers: Uint16Array }
  | { readonly ok: false; readonly code: number };

/**
 * Limit of registers per response (Modbus Application Protocol 1.1b3, 6.3). Not imported:
 * the simulator shares no facts with the client that it tests.
 */
const REGISTERS_MAX = 125;

/**
 * Answers a read from an image: exception 1 for an unsupported function code, 3 for
 * a count out of range, 2 for registers that do not exist.
 */
export function readImage(image: DeviceImage, request: ImageRequest): ImageResponse {
  const { functionCode, address, count } = request;
  const supported = image.functionCode === undefined
    ? functionCode === 3 || functionCode === 4
    : functionCode === image.functionCode;
  if (!supported) return { ok: false, code: 1 };
  const countMax = Math.min(image.registersPerReadMax ?? REGISTERS_MAX, REGISTERS_MAX);
  if (count < 1 || count > countMax) return { ok: false, code: 3 };
  image.before?.(request);
  const first = address - image.base;
  const end = first + count;
  if (first < 0 || end > image.registers.length) return { ok: false, code: 2 };
  const unreadable = image.unreadable?.some((range) =>
    address < range.address + range.count && range.address < address + count
  );
  if (unreadable === true) return { ok: false, code: 2 };
  return { ok: true, registers: image.registers.slice(first, end) };
}
