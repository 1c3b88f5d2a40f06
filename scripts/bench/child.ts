/**
 * Programs that are measured: each ends with this process, whatever ends it.
 *
 * @module
 */

/**
 * A shell that stands beside the program: when our end of its stdin closes, as
 * it does if we die, the program is killed.
 */
const KEEPER = `exec 3<&0
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
  /** True once it has ended. */
  readonly over: boolean;
  /** What it wrote so far. */
  said(): Promise<string>;
  /** Asks it to end (SIGTERM); after `limitMs` it is killed. */
  end(limitMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const END_LIMIT_MS = 15_000;

/** Starts a program; what it writes goes to `logFile`. */
export async function start(
  command: readonly string[],
  logFile: string,
): Promise<Child> {
  const keeper = new Deno.Command("sh", {
    args: ["-c", KEEPER, "keeper", logFile, ...command],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = keeper.stdout.getReader();
  const { value } = await reader.read();
  const pid = Number(new TextDecoder().decode(value));
  await reader.cancel();
  let over = false;
  const ended = keeper.status.then(() => void (over = true));

  async function end(limitMs = END_LIMIT_MS): Promise<void> {
    if (!over) {
      Deno.kill(pid, "SIGTERM");
      const timer = setTimeout(() => {
        if (!over) Deno.kill(pid, "SIGKILL");
      }, limitMs);
      await ended;
      clearTimeout(timer);
    }
    await keeper.stdin.close().catch(() => {});
  }

  return {
    pid,
    get over() {
      return over;
    },
    said: () => Deno.readTextFile(logFile),
    end,
    [Symbol.asyncDispose]: () => end(),
  };
}

/** Runs a command to its end and gives what it wrote to stdout. */
export async function output(
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
