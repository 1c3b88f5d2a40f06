/**
 * The definition of a SunSpec model: its groups, points, types and offsets.
 *
 * Source: SunSpec Device Information Model Specification 1.2, "Model Definition".
 *
 * @module
 */

/** A model: one element of a device's chain. */
export interface ModelDefinition {
  /** Model id, 1..65534. */
  readonly id: number;
  /** The model's name, such as `inverter_three_phase`. */
  readonly name: string;
  /** The top-level group; its first two points are `ID` and `L`. */
  readonly group: GroupDefinition;
}

/** A group of points; it may repeat and may contain groups. */
export interface GroupDefinition {
  /** Name; may contain hyphens. */
  readonly name: string;
  /**
   * Number of instances in the parent group. 0: as many as fit before the end of L. A
   * text: the name of the count point, which is in the parent group or in a group
   * around it.
   */
  readonly count: number | string;
  /** Number of registers of its own points, without the inner groups. */
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
  /** Number of registers. */
  readonly size: number;
  /**
   * Offset of its first register from the start of its group; the top-level group
   * starts at the register that holds the model id.
   */
  readonly offset: number;
  /** Scale factor: a power of ten, or the name of the `sunssf` point that holds it. */
  readonly scale?: string | number;
  /** Unit as SunSpec writes it, such as `W` or `Pct`. */
  readonly units?: string;
  /** Names by value (enum) or by bit number (bitfield). */
  readonly symbols?: Readonly<Record<number, string>>;
  /** The value does not change while the device runs. */
  readonly static?: true;
  /** Devices must implement the point. */
  readonly mandatory?: true;
  /** The device sends the least significant word of the number first. */
  readonly words?: "little";
  /** The device counts in a signed number; only of accumulators. */
  readonly signed?: true;
}

/** Number of registers of each point type; 0 = each point states its own (text). */
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
