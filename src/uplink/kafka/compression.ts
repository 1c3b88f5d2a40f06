/**
 * The codecs that compress batches of records.
 *
 * @module
 */

import { promisify } from "node:util";
import { gzip, zstdCompress, zstdDecompress, type ZstdOptions } from "node:zlib";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import type { BatchCompression } from "./options.ts";
import type { BatchCodec } from "./produce/record_batch.ts";

const CODECS: Readonly<Record<BatchCompression, CompressionTypes>> = {
  zstd: CompressionTypes.ZSTD,
  gzip: CompressionTypes.GZIP,
  none: CompressionTypes.None,
};

/** node:zlib compresses outside the event loop. */
const COMPRESS: Readonly<Record<BatchCompression, BatchCodec["compress"]>> = {
  zstd: compressZstd,
  gzip: promisify(gzip),
  none: null,
};

addZstd();

/** The codec of kafkajs for a compression. */
export function codecOf(compression: BatchCompression): CompressionTypes {
  return CODECS[compression];
}

/** The codec of record batches for a compression. */
export function batchCodecOf(compression: BatchCompression): BatchCodec {
  return { attributes: CODECS[compression], compress: COMPRESS[compression] };
}

/** kafkajs does not include zstd; node:zlib compresses outside the event loop. */
function addZstd(): void {
  const decompress = promisify(zstdDecompress);
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Uint8Array }) => compressZstd(buffer),
    decompress: (buffer: Uint8Array) => decompress(buffer),
  });
}

/**
 * With the size of the data, zstd makes its tables no larger than needed: a batch of few
 * records takes half the time.
 */
function compressZstd(data: Uint8Array): Promise<Uint8Array> {
  // The type definitions lack this option.
  const options: ZstdOptions & { readonly pledgedSrcSize: number } = {
    pledgedSrcSize: data.length,
  };
  return promisify(zstdCompress)(data, options);
}
