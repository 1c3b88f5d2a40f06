/**
 * The codecs that compress batches of records.
 *
 * @module
 */

import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import type { BatchCompression } from "./options.ts";

const CODECS: Readonly<Record<BatchCompression, CompressionTypes>> = {
  zstd: CompressionTypes.ZSTD,
  gzip: CompressionTypes.GZIP,
  none: CompressionTypes.None,
};

addZstd();

/** The codec of kafkajs for a compression. */
export function codecOf(compression: BatchCompression): CompressionTypes {
  return CODECS[compression];
}

/** kafkajs does not include zstd; node:zlib compresses outside the event loop. */
function addZstd(): void {
  const compress = promisify(zstdCompress);
  const decompress = promisify(zstdDecompress);
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Uint8Array }) => compress(buffer),
    decompress: (buffer: Uint8Array) => decompress(buffer),
  });
}
