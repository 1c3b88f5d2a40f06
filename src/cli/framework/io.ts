/**
 * What a command may ask of the terminal and the process; tests give their own.
 *
 * @module
 */

/** The outside of a command. */
export interface CliIo {
  /** Results: what a pipe is meant to get. */
  readonly stdout: TextSink;
  /** Everything else: progress, faults, logs. */
  readonly stderr: TextSink;
  /** The environment, as of the start. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborted by the first SIGINT or SIGTERM: finish what is under way, then end. */
  readonly signal: AbortSignal;
  /** Aborted by the second: end now. */
  readonly hurry: AbortSignal;
}

/** Where text goes. */
export interface TextSink {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Columns of the terminal now; 80 where there is none. */
  readonly width: number;
  /** Rows of the terminal now; 24 where there is none. */
  readonly height: number;
  /** Writes the text as it is; a reader that went away is no error. */
  write(text: string): void;
}
