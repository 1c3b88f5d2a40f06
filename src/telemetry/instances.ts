/**
 * Which models of a chain speak of which inverter or meter.
 *
 * @module
 */

/** A model's place, as far as it matters here. */
export interface Placed {
  readonly id: number;
  /** Zero-based address of the id register: the order in the chain. */
  readonly address: number;
}

/** The two forms in which SunSpec has one kind. */
export interface KindModels {
  readonly integer: ReadonlySet<number>;
  readonly float: ReadonlySet<number>;
}

/** One inverter or meter: its integer model, its float model, or both. */
export interface Instance<M extends Placed> {
  readonly integer: M | undefined;
  readonly float: M | undefined;
}

/**
 * The instances of a kind, in chain order. A device that shows an integer and
 * a float model shows one inverter twice: the first of the ones goes with the
 * first of the others, and so on, so that no inverter is counted twice.
 */
export function findInstances<M extends Placed>(
  models: readonly M[],
  kind: KindModels,
): Instance<M>[] {
  const integers = inChainOrder(models.filter(({ id }) => kind.integer.has(id)));
  const floats = inChainOrder(models.filter(({ id }) => kind.float.has(id)));
  return Array.from(
    { length: Math.max(integers.length, floats.length) },
    (_, index) => ({ integer: integers[index], float: floats[index] }),
  );
}

/**
 * Gives extension models (MPPT inputs) to instances: one each where the numbers
 * are equal, else each to the nearest instance before it in the chain, or to
 * the first instance.
 *
 * @returns one list per instance, in chain order; empty lists if there is no
 * extension. No instances: no lists.
 */
export function assignExtensions<E extends Placed>(
  instances: readonly Instance<Placed>[],
  models: readonly E[],
): E[][] {
  const extensions = inChainOrder(models);
  const lists: E[][] = instances.map(() => []);
  extensions.forEach((model, index) => {
    const owner = extensions.length === instances.length
      ? index
      : Math.max(0, instances.findLastIndex((one) => startOf(one) < model.address));
    lists[owner]?.push(model);
  });
  return lists;
}

function startOf(instance: Instance<Placed>): number {
  return Math.min(
    instance.integer?.address ?? Infinity,
    instance.float?.address ?? Infinity,
  );
}

function inChainOrder<M extends Placed>(models: readonly M[]): M[] {
  return models.toSorted((one, other) => one.address - other.address);
}
