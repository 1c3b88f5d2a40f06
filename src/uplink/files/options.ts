/**
 * How container files are written, and what is told of them.
 *
 * @module
 */

/** Where files go and how large they may grow. */
export interface FilesOptions {
  /** The folder; made if it is missing. */
  readonly folder: string;
  /** The text of a schema by fingerprint (16 hex digits, lower case). */
  readonly schema: (
    fingerprint: string,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
  /** A file is rotated when it has reached this. Default 16 MiB. */
  readonly rotateBytes?: number;
  /** A file is rotated when it is this old. Default 1 h. */
  readonly rotateMs?: number;
  /** All files together; the oldest finished ones are deleted. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Told as things happen; must not throw. */
  readonly onEvent?: (event: FilesEvent) => void;
}

/** News of the files, for the log. */
export type FilesEvent =
  /** A file that a crash left open was closed; `cutBytes` of torn tail were cut. */
  | { readonly is: "recovered"; readonly file: string; readonly cutBytes: number }
  /** What could not be read of a `.part` file was put aside as `.damaged`. */
  | { readonly is: "damaged"; readonly file: string; readonly detail: string }
  | { readonly is: "finished"; readonly file: string; readonly bytes: number }
  /** The oldest finished file was deleted: `maxBytes` holds. */
  | { readonly is: "deleted"; readonly file: string; readonly bytes: number };
