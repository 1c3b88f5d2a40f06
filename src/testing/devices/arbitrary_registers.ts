/**
 * Arbitrary registers of a model for property tests: mostly valid scale factors and group
 * counts, all sentinels, any length.
 *
 * @module
 */

import fc from "fast-check";
import type { GroupDefinition } from "../../sunspec/definition/definition.ts";

/** Number of instances of each repeating group, and the value of most count points. */
const INSTANCES = 3;
/** Number of registers that L may extend beyond the definition. */
const EXCESS_MAX = 30;

/** Any register; small numbers and the "not implemented" of each type are frequent. */
export const REGISTER: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }) },
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0x8000, 0xffff, 0x7fc0, 0xff80, 0xfffe, 0xffff),
);

/** The registers of a model, from its header on. */
export interface ModelRegisters {
  /** L. */
  readonly length: number;
  readonly registers: readonly number[];
}

/** Registers of a model with these groups; the header is arbitrary too. */
export function modelRegisters(group: GroupDefinition): fc.Arbitrary<ModelRegisters> {
  const size = sizeOf(group);
  return fc.record({
    length: fc.oneof(
      { weight: 3, arbitrary: fc.constant(size - 2) },
      fc.integer({ min: 0, max: size + EXCESS_MAX }),
    ),
    registers: fc.array(REGISTER, { minLength: size, maxLength: size + EXCESS_MAX + 2 })
      .map((registers) => withCounts(group, registers)),
  });
}

function sizeOf({ size, groups }: GroupDefinition): number {
  return groups.reduce((sum, inner) => sum + sizeOf(inner) * instancesOf(inner), size);
}

function instancesOf({ count }: GroupDefinition): number {
  return count === 1 ? 1 : INSTANCES;
}

/** Sets most count points to the number of instances, and most scale factors to -2..2. */
function withCounts(group: GroupDefinition, registers: readonly number[]): number[] {
  const all = [...registers];
  const set = ({ points, groups, size }: GroupDefinition, start: number): number => {
    for (const { type, offset } of points) {
      const register = all[start + offset];
      if (register === undefined || register % 6 === 5) continue;
      if (type === "count") all[start + offset] = INSTANCES;
      if (type === "sunssf") all[start + offset] = (register % 5 + 0xfffe) & 0xffff;
    }
    let next = start + size;
    for (const inner of groups) {
      for (let nth = 0; nth < instancesOf(inner); nth++) next = set(inner, next);
    }
    return next;
  };
  set(group, 0);
  return all;
}
