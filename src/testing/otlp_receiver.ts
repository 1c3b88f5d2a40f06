/**
 * An independent receiver of OTLP over HTTP: Python with OpenTelemetry's protobuf
 * definitions.
 *
 * @module
 */

import { PROJECT_ROOT, PYTHON } from "./project_root.ts";

/** A received metric. */
export interface ReceivedMetric {
  readonly kind: string;
  readonly unit: string;
  readonly monotonic: boolean | null;
  /** 2 = cumulative. */
  readonly temporality: number | null;
  readonly points: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value?: number;
    readonly count?: number;
    readonly counts?: readonly number[];
    readonly bounds?: readonly number[];
  }[];
}

/** One export request, or the reason for its rejection. */
export interface ReceivedExport {
  readonly rejected?: string;
  readonly path?: string;
  readonly authorization?: string | null;
  readonly resource?: Readonly<Record<string, string>>;
  readonly metrics?: Readonly<Record<string, ReceivedMetric>>;
}

/** A running receiver. */
export interface OtlpReceiver {
  readonly port: number;
  /** Exports received so far. */
  readonly exports: readonly ReceivedExport[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a receiver on a free loopback port. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const child = new Deno.Command(PYTHON, {
    args: [`${PROJECT_ROOT}src/testing/otlp_receiver.py`],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const exports: ReceivedExport[] = [];
  const listens = Promise.withResolvers<number>();
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.map((one) => JSON.parse(one))) {
        if ("port" in line) listens.resolve(line.port);
        else exports.push(line);
      }
    }
    listens.reject(new Error("the receiver did not start"));
  })();
  const port = await listens.promise;
  return {
    port,
    exports,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await Promise.all([child.status, reading]);
    },
  };
}
