/**
 * The parts of the terminal and the process that a command uses; tests pass their own.
 *
 * @module
 */

/** Input and output of a command. */
export interface CliIo {
  /** Results, which a pipe passes on. */
  readonly stdout: TextSink;
  /** Everything else: progress, errors, logs. */
  readonly stderr: TextSink;
  /** The environment variables at start. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborted by the first SIGINT or SIGTERM: finish the work in progress, then end. */
  readonly signal: AbortSignal;
  /** Aborted by the second signal: end now. */
  readonly forceSignal: AbortSignal;
}

/** An output stream for text. */
export interface TextSink {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** Current columns of the terminal; 80 without one. */
  readonly width: number;
  /** Current rows of the terminal; 24 without one. */
  readonly height: number;
  /** Writes the text unchanged; a reader that has closed its end is not an error. */
  write(text: string): void;
}
