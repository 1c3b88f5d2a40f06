/**
 * Which models of a chain speak of which inverter, meter or battery.
 *
 * @module
 */

/** A model's place, as far as it matters here. */
export interface Placed {
  readonly id: number;
  /** Zero-based address of the id register: the order in the chain. */
  readonly address: number;
}

/**
 * The forms in which SunSpec has one kind, such as integers and floats: ids of
 * models. A device that shows several forms shows one thing several times.
 */
export type Forms = readonly ReadonlySet<number>[];

/** One inverter, meter or battery: its models, one at most of each form, in the order of the forms. */
export type Instance<M extends Placed> = readonly M[];

/**
 * The instances of a kind, in chain order. The first model of one form goes with
 * the first of the others, and so on, so that nothing is counted twice.
 *
 * @param models models of that kind alone.
 * @param classOf models of different classes never show the same thing: two
 * meters of different wiring are two meters.
 */
export function findInstances<M extends Placed>(
  models: readonly M[],
  forms: Forms,
  classOf: (id: number) => number = () => 0,
): Instance<M>[] {
  if (models.length < 2) return models.map((model) => [model]);
  const ordered = inChainOrder(models);
  const classes = new Set(ordered.map(({ id }) => classOf(id)));
  return [...classes]
    .flatMap((one) => join(ordered.filter(({ id }) => classOf(id) === one), forms))
    .sort((one, other) => startOf(one) - startOf(other));
}

function join<M extends Placed>(models: readonly M[], forms: Forms): M[][] {
  const lists = forms.map((form) => models.filter(({ id }) => form.has(id)));
  return Array.from(
    { length: Math.max(...lists.map((list) => list.length)) },
    (_, nth) => lists.flatMap((list) => list[nth] ?? []),
  );
}

/**
 * Gives extension models (MPPT inputs, ratings) to instances: one of each id each
 * where the numbers are equal, else each to the nearest instance before it in
 * the chain, or to the first instance.
 *
 * @returns one list per instance, in chain order; empty lists if there is no
 * extension. No instances: no lists.
 */
export function assignExtensions<E extends Placed>(
  instances: readonly Instance<Placed>[],
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

/** The ids of models, each once, rising. */
export function idsOf(models: readonly Placed[]): number[] {
  return [...new Set(models.map(({ id }) => id))].sort((one, other) => one - other);
}

function startOf(instance: Instance<Placed>): number {
  return Math.min(...instance.map(({ address }) => address));
}

function inChainOrder<M extends Placed>(models: readonly M[]): M[] {
  return models.toSorted((one, other) => one.address - other.address);
}
