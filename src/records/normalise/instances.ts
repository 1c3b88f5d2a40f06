/**
 * Assigns the models of a chain to inverters, meters and batteries.
 *
 * @module
 */

/** A model and its position in the chain. */
export interface ChainModel {
  readonly id: number;
  /** Zero-based address of the id register; defines the order in the chain. */
  readonly address: number;
}

/**
 * The variants of one kind of model, such as integer and float, as sets of model
 * ids. A device with several variants reports the same values several times.
 */
export type ModelVariants = readonly ReadonlySet<number>[];

/** The models of one inverter, meter or battery: at most one per variant, in the order of the variants. */
export type Instance<M extends ChainModel> = readonly M[];

/**
 * Finds the instances of one kind, in chain order. The n-th models of all
 * variants form one instance, so that nothing is counted twice.
 *
 * @param models the models of that kind only.
 * @param classOf models of different classes belong to different instances: two
 * meters with different wiring are two meters.
 */
export function findInstances<M extends ChainModel>(
  models: readonly M[],
  variants: ModelVariants,
  classOf: (id: number) => number = () => 0,
): Instance<M>[] {
  if (models.length < 2) return models.map((model) => [model]);
  const ordered = inChainOrder(models);
  const classes = new Set(ordered.map(({ id }) => classOf(id)));
  return [...classes]
    .flatMap((one) =>
      pairVariants(ordered.filter(({ id }) => classOf(id) === one), variants)
    )
    .sort((one, other) => startOf(one) - startOf(other));
}

function pairVariants<M extends ChainModel>(
  models: readonly M[],
  variants: ModelVariants,
): M[][] {
  const lists = variants.map((ids) => models.filter(({ id }) => ids.has(id)));
  return Array.from(
    { length: Math.max(...lists.map((list) => list.length)) },
    (_, nth) => lists.flatMap((list) => list[nth] ?? []),
  );
}

/**
 * Assigns extension models (MPPT inputs, ratings) to instances. If there are as
 * many extensions with an id as instances, each instance gets one. Otherwise an
 * extension belongs to the nearest instance before it in the chain, or to the
 * first instance.
 *
 * @returns one list per instance, in chain order; possibly empty.
 */
export function assignExtensions<E extends ChainModel>(
  instances: readonly Instance<ChainModel>[],
  models: readonly E[],
): E[][] {
  if (instances.length === 1) return [inChainOrder(models)];
  const lists: E[][] = instances.map(() => []);
  const ordered = inChainOrder(models);
  for (const id of idsOf(models)) {
    const extensions = ordered.filter((model) => model.id === id);
    extensions.forEach((model, index) => {
      const owner = extensions.length === instances.length
        ? index
        : Math.max(0, instances.findLastIndex((one) => startOf(one) < model.address));
      lists[owner]?.push(model);
    });
  }
  return lists;
}

/** The ids of models in ascending order, without duplicates. */
export function idsOf(models: readonly ChainModel[]): number[] {
  return [...new Set(models.map(({ id }) => id))].sort((one, other) => one - other);
}

function startOf(instance: Instance<ChainModel>): number {
  return Math.min(...instance.map(({ address }) => address));
}

function inChainOrder<M extends ChainModel>(models: readonly M[]): M[] {
  return models.toSorted((one, other) => one.address - other.address);
}
