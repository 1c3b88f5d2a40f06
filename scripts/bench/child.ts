/**
 * Runs the programs that are measured. Each is killed when this process ends, for
 * whatever reason.
 *
 * @module
 */

/**
 * A shell that runs beside the program and kills it when its own stdin closes, which
 * also happens if this process dies.
 */
const WATCHER = `exec 3<&0
LOG=$1; shift; : >"$LOG"
"$@" </dev/null >"$LOG" 2>&1 &
J=$!
echo $J
{ cat <&3 >/dev/null; kill -KILL $J; } 2>/dev/null &
W=$!
wait $J
R=$?
kill $W 2>/dev/null
exit $R`;

/** A running program. */
export interface Child {
  readonly pid: number;
  /** Whether it has ended. */
  readonly ended: boolean;
  /** Its output so far. */
  log(): Promise<string>;
  /** Sends SIGTERM and waits for its end; it is killed after `limitMs`. */
  stop(limitMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const STOP_LIMIT_MS = 15_000;

/** Starts a program that writes its output to `logFile`. */
export async function startChild(
  command: readonly string[],
  logFile: string,
): Promise<Child> {
  const watcher = new Deno.Command("sh", {
    args: ["-c", WATCHER, "watcher", logFile, ...command],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = watcher.stdout.getReader();
  const { value } = await reader.read();
  const pid = Number(new TextDecoder().decode(value));
  await reader.cancel();
  let over = false;
  const ended = watcher.status.then(() => void (over = true));

  async function end(limitMs = STOP_LIMIT_MS): Promise<void> {
    if (!over) {
      Deno.kill(pid, "SIGTERM");
      const timer = setTimeout(() => {
        if (!over) Deno.kill(pid, "SIGKILL");
      }, limitMs);
      await ended;
      clearTimeout(timer);
    }
    await watcher.stdin.close().catch(() => {});
  }

  return {
    pid,
    get ended() {
      return over;
    },
    log: () => Deno.readTextFile(logFile),
    stop: end,
    [Symbol.asyncDispose]: () => end(),
  };
}

/**
 * Runs a command to its end.
 *
 * @returns its stdout.
 * @throws {Error} If it fails; the message contains the end of its stderr.
 */
export async function captureOutput(
  command: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly limitMs: number },
): Promise<string> {
  const [program, ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    signal: AbortSignal.timeout(options.limitMs),
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`${command.join(" ")}: ${decoder.decode(stderr).slice(-2_000)}`);
}
