/**
 * Options and events of the files uplink.
 *
 * @module
 */

/** Where files are written and how large they may become. */
export interface FilesOptions {
  /** The folder; created if it does not exist. */
  readonly folder: string;
  /** The text of a schema by fingerprint (16 hex digits, lower case). */
  readonly schema: (
    fingerprint: string,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
  /** A file is finished at this size, in bytes. Default 16 MiB. */
  readonly rotateBytes?: number;
  /** A file is finished at this age, in ms. Default 1 h. */
  readonly rotateMs?: number;
  /** Maximum total size of all files, in bytes; the oldest finished ones are deleted. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Called for each event; must not throw. */
  readonly onEvent?: (event: FilesEvent) => void;
}

/** An event of the files, for the log. */
export type FilesEvent =
  /** A file left open by a crash was finished; `cutBytes` of an incomplete block were removed. */
  | { readonly kind: "recovered"; readonly file: string; readonly cutBytes: number }
  /** The unreadable part of a `.part` file was quarantined as `.damaged`. */
  | { readonly kind: "damaged"; readonly file: string; readonly detail: string }
  | { readonly kind: "finished"; readonly file: string; readonly bytes: number }
  /** The oldest finished file was deleted to stay within `maxBytes`. */
  | { readonly kind: "deleted"; readonly file: string; readonly bytes: number };
