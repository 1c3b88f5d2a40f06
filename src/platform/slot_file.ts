/**
 * Reads a small file, and writes a part of it in place.
 *
 * @module
 */

/** A small file that is written in place. */
export interface SlotFile {
  readonly path: string;
  /**
   * The content; undefined if the file does not exist.
   *
   * @throws the error of the file system.
   */
  read(): Uint8Array | undefined;
  /**
   * Writes at an offset; creates the file if it does not exist.
   *
   * @param synced whether to wait until the bytes are on the disk
   * @throws the error of the file system.
   */
  write(offset: number, bytes: Uint8Array, synced: boolean): Promise<void>;
}

/** The file at `path`; nothing is opened until it is used. */
export function createSlotFile(path: string): SlotFile {
  return {
    path,
    read() {
      try {
        return Deno.readFileSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    },
    async write(offset, bytes, synced) {
      using file = await Deno.open(path, { write: true, create: true, mode: 0o640 });
      await file.seek(offset, Deno.SeekMode.Start);
      for (let written = 0; written < bytes.length;) {
        written += await file.write(bytes.subarray(written));
      }
      if (synced) await file.syncData();
    },
  };
}
