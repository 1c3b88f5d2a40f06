/**
 * What is in Kafka, as an independent client (confluent-kafka) reads it.
 *
 * @module
 */

import { ROOT } from "./kafka_install.ts";

/** One record of a topic. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** ms since the Unix epoch. */
  readonly timestamp: number;
  readonly value: Uint8Array;
}

/** What to read. */
export interface ConsumeOptions {
  readonly topics: readonly string[];
  /** Wait until so many have come; then all that is there is read. Default 0. */
  readonly count?: number;
  /** Default 30 s; when it ends, what came is given. */
  readonly timeoutMs?: number;
  /** More settings of librdkafka, such as `security.protocol`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Reads topics from their beginning to their end. */
export async function consume(
  bootstrap: string,
  { topics, count = 0, timeoutMs = 30_000, settings = {} }: ConsumeOptions,
): Promise<ConsumedRecord[]> {
  const { code, stdout, stderr } = await new Deno.Command(
    `${ROOT}.tools/venv/bin/python`,
    {
      args: [
        `${ROOT}src/testing/kafka/consume.py`,
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
