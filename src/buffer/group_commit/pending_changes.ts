/**
 * The uncommitted changes to rows that are already stored. Pure.
 *
 * @module
 */

import type { CommitBatch } from "../queue_commit.ts";

/** Uncommitted changes other than new rows. */
export type PendingChanges = Omit<CommitBatch, "rows">;

/** One change. */
export type Change =
  | {
    readonly kind: "acknowledge" | "reject" | "corrupt";
    readonly ids: readonly number[];
  }
  | { readonly kind: "deadLetter"; readonly id: number; readonly reason: string }
  | { readonly kind: "addSchema"; readonly fingerprint: string; readonly text: string };

/** No pending changes. */
export const NO_CHANGES: PendingChanges = {
  acknowledged: [],
  rejected: new Map(),
  deadLetters: new Map(),
  corrupt: [],
  schemas: new Map(),
};

/**
 * Adds one change; returns the same object if it changes nothing.
 *
 * @param hidden rows that will be removed already, see {@linkcode removedBy}
 */
export function addChange(
  changes: PendingChanges,
  hidden: ReadonlySet<number>,
  change: Change,
): PendingChanges {
  switch (change.kind) {
    case "acknowledge":
    case "corrupt": {
      const fresh = [...new Set(change.ids)].filter((id) => !hidden.has(id));
      if (fresh.length === 0) return changes;
      return change.kind === "corrupt"
        ? { ...changes, corrupt: [...changes.corrupt, ...fresh] }
        : { ...changes, acknowledged: [...changes.acknowledged, ...fresh] };
    }
    case "deadLetter": {
      const { id, reason } = change;
      if (hidden.has(id)) return changes;
      return {
        ...changes,
        deadLetters: new Map([...changes.deadLetters, [id, reason]]),
      };
    }
    case "reject": {
      if (change.ids.length === 0) return changes;
      const rejected = new Map(changes.rejected);
      for (const id of change.ids) rejected.set(id, (rejected.get(id) ?? 0) + 1);
      return { ...changes, rejected };
    }
    case "addSchema": {
      const schemas = new Map([...changes.schemas, [change.fingerprint, change.text]]);
      return { ...changes, schemas };
    }
  }
}

/** Ids of the rows that the changes remove from the queue. */
export function removedBy(changes: PendingChanges): ReadonlySet<number> {
  return new Set([
    ...changes.acknowledged,
    ...changes.corrupt,
    ...changes.deadLetters.keys(),
  ]);
}

/** True if there is nothing to commit. */
export function hasNoChanges(changes: PendingChanges): boolean {
  return changes.acknowledged.length === 0 && changes.corrupt.length === 0 &&
    changes.rejected.size === 0 && changes.deadLetters.size === 0 &&
    changes.schemas.size === 0;
}

/**
 * Removes the changes that `batch` committed. A batch contains the first of the
 * acknowledged rows, some of the schemas, and all pending changes of another sort or
 * none of them.
 */
export function withoutCommitted(
  pending: PendingChanges,
  { acknowledged, rejected, deadLetters, corrupt, schemas }: CommitBatch,
): PendingChanges {
  return {
    acknowledged: pending.acknowledged.slice(acknowledged.length),
    rejected: rejected.size > 0 ? new Map() : pending.rejected,
    deadLetters: deadLetters.size > 0 ? new Map() : pending.deadLetters,
    corrupt: corrupt.length > 0 ? [] : pending.corrupt,
    schemas: new Map(
      [...pending.schemas].filter(([fingerprint]) => !schemas.has(fingerprint)),
    ),
  };
}
