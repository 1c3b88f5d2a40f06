/**
 * Reads topics with an independent client (confluent-kafka).
 *
 * @module
 */

import { PROJECT_ROOT, PYTHON } from "../project_root.ts";

/** One record of a topic. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** ms since the Unix epoch. */
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/** Options of a read. */
export interface ConsumeOptions {
  readonly topics: readonly string[];
  /** Minimum number of records to wait for; then the topics are read to their end. Default 0. */
  readonly count?: number;
  /** Time limit, default 30 s; the records that have arrived are returned. */
  readonly timeoutMs?: number;
  /** Further librdkafka settings, such as `security.protocol`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Reads topics from their beginning to their end. */
export async function consume(
  bootstrap: string,
  { topics, count = 0, timeoutMs = 30_000, settings = {} }: ConsumeOptions,
): Promise<ConsumedRecord[]> {
  const { code, stdout, stderr } = await new Deno.Command(
    PYTHON,
    {
      args: [
        `${PROJECT_ROOT}src/testing/kafka/consume.py`,
        bootstrap,
        String(count),
        String(timeoutMs / 1_000),
        ...topics,
        ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
      ],
    },
  ).output();
  if (code !== 0 && code !== 3) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "")
    .map((line) => {
      const record: Omit<ConsumedRecord, "value"> & { value: string } = JSON.parse(
        line,
      );
      return {
        ...record,
        value: Uint8Array.from(atob(record.value), (char) => char.charCodeAt(0)),
      };
    });
}
