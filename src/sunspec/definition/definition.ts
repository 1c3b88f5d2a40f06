/**
 * What a SunSpec model looks like: its points, their types and places.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Model Definition".
 *
 * @module
 */

/** A model: one block of a device's chain. */
export interface ModelDefinition {
  /** Model id, 1..65534. */
  readonly id: number;
  /** The model's name, such as `inverter_three_phase`. */
  readonly name: string;
  /** The top-level group; its first two points are `ID` and `L`. */
  readonly group: GroupDefinition;
}

/** A group of points, perhaps repeated, perhaps with groups inside. */
export interface GroupDefinition {
  /** Name; may hold hyphens. */
  readonly name: string;
  /**
   * How often it stands in its parent: a number of times, 0 = as often as fits
   * to the end of L, a text = as often as the point of that name says, which
   * stands in this group's parent or further out.
   */
  readonly count: number | string;
  /** Registers of its own points, without the groups inside. */
  readonly size: number;
  /** In register order. */
  readonly points: readonly PointDefinition[];
  /** After the points, in register order. */
  readonly groups: readonly GroupDefinition[];
}

/** A point: one value in consecutive registers. */
export interface PointDefinition {
  /** Name, such as `PPVphAB`. */
  readonly name: string;
  readonly type: PointType;
  /** How many registers it takes. */
  readonly size: number;
  /**
   * Registers from the start of its group; for the top-level group that is
   * the register that holds the model id.
   */
  readonly offset: number;
  /** Its power of ten: a number, or the name of the `sunssf` point that says it. */
  readonly scale?: string | number;
  /** Unit as SunSpec writes it, such as `W` or `Pct`. */
  readonly units?: string;
  /** Names of its values (enum) or of its bit numbers (bitfield). */
  readonly symbols?: Readonly<Record<number, string>>;
  /** The value does not change while the device runs. */
  readonly static?: true;
  /** The model demands that devices implement it. */
  readonly mandatory?: true;
}

/** Registers of each point type; 0 = each point says its own (text). */
export const TYPE_SIZES = {
  int16: 1,
  uint16: 1,
  count: 1,
  acc16: 1,
  enum16: 1,
  bitfield16: 1,
  pad: 1,
  sunssf: 1,
  int32: 2,
  uint32: 2,
  acc32: 2,
  enum32: 2,
  bitfield32: 2,
  ipaddr: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  acc64: 4,
  bitfield64: 4,
  float64: 4,
  eui48: 4,
  ipv6addr: 8,
  string: 0,
} as const;

/** The point types of SunSpec. */
export type PointType = keyof typeof TYPE_SIZES;

/** Registers of a model's header: the id and L. */
export const HEADER_SIZE = 2;
