/**
 * The command line: which commands and options there are. Each command's own
 * module is loaded when it is called, so that the others cost nothing.
 *
 * @module
 */

import { Command, CommanderError, Option } from "commander";
import { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";
import {
  brokerList,
  deviceAddress,
  durationMs,
  sizeBytes,
  wholeNumber,
} from "./option_values.ts";
import type { HostPort } from "../config/address.ts";
import { VERSION } from "./version.ts";

/** The program's name, as people call it. */
const NAME = "sunspec-collector";

/** How long `read` waits for each answer unless told otherwise. */
const READ_TIMEOUT_MS = 3_000;

const ENVIRONMENT = `
Every key of a configuration file can be overridden by an environment variable:
SUNSPEC_COLLECTOR__GATEWAY__ID is gateway.id, SUNSPEC_COLLECTOR__DEVICES__0__HOST
is the host of the first device. Exit codes: 0 done, 1 failed, 2 wrong command
line, 69 device or broker unreachable, 78 wrong configuration.
`;

/**
 * Runs a command.
 *
 * @param args the command line without the program's name.
 * @returns the process's exit code.
 */
export async function runCommandLine(
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(io, (ended) => void (code = ended));
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function createProgram(io: CliIo, end: (code: number) => void): Command {
  const program = new Command(NAME)
    .description(
      "Collects readings of SunSpec devices over Modbus TCP, keeps them through any outage and forwards them. It only ever reads.",
    )
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.max(40, io.stdout.width),
      getErrHelpWidth: () => Math.max(40, io.stderr.width),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .version(VERSION, "-V, --version", "print the version and nothing else")
    .helpOption("-h, --help", "say how it is used")
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(`(${NAME} --help lists the commands)`)
    .helpCommand("help [command]", "say how a command is used")
    .addHelpText("after", ENVIRONMENT);

  const add = (name: string, description: string, examples: string[]): Command =>
    program.command(name)
      .description(description)
      .allowExcessArguments(false)
      .helpOption("-h, --help", "say how it is used")
      .showHelpAfterError(`(${NAME} ${name} --help says how it is used)`)
      .addHelpText("after", toExamples(examples));

  addDemo(add, io, end);
  addRun(add, io, end);
  addCheck(add, io, end);
  addRead(add, io, end);
  addSchema(add, io, end);
  addVersion(add, io, end);
  return program;
}

type Add = (name: string, description: string, examples: string[]) => Command;
type End = (code: number) => void;

function addDemo(add: Add, io: CliIo, end: End): void {
  add("demo", "play a small plant, collect it and show a live table", [
    "demo",
    "demo --duration 15s --json",
    "demo --brokers kafka1.example:9092 --data-dir /tmp/demo",
  ])
    .option(
      "--brokers <HOST:PORT,...>",
      "send to Kafka instead of files",
      brokerList,
    )
    .option("--duration <TIME>", "end by itself after this, such as 15s", durationMs)
    .option("--data-dir <DIR>", "where buffer, files and configuration are written")
    .option("--inverters <N>", "how many inverters to play", wholeNumber(1, 100), 3)
    .option("--max-bytes <SIZE>", "bound of the buffer, such as 1MiB", sizeBytes)
    .addOption(
      new Option("--uplink <KIND>", "none = readings are kept and never sent")
        .choices(["files", "none"]).default("files"),
    )
    .option("--json", "print one JSON object at the end instead of the table")
    .action(async (options: DemoFlags) => {
      const { demo } = await import("./demo.ts");
      end(
        await demo({
          brokers: options.brokers ?? [],
          durationMs: options.duration ?? null,
          dataDir: options.dataDir ?? null,
          inverters: options.inverters,
          maxBytes: options.maxBytes ?? null,
          uplink: options.uplink,
          json: options.json ?? false,
        }, io),
      );
    });
}

interface DemoFlags {
  readonly brokers?: string[];
  readonly duration?: number;
  readonly dataDir?: string;
  readonly inverters: number;
  readonly maxBytes?: number;
  readonly uplink: "files" | "none";
  readonly json?: boolean;
}

const CONFIG = ["--config <FILE>", "the configuration (TOML); required"] as const;

interface ConfigFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** Commander looks for required options before unknown ones: `--confg` would have no hint. */
function needConfig({ config }: ConfigFlags, command: Command): string {
  return config ?? command.error("error: option '--config <FILE>' is missing");
}

function addRun(add: Add, io: CliIo, end: End): void {
  add("run", "run the agent until SIGTERM or SIGINT", [
    "run --config /etc/sunspec-collector/config.toml",
  ])
    .option(...CONFIG)
    .action(async (options: ConfigFlags, command: Command) => {
      const config = needConfig(options, command);
      const { run } = await import("./run.ts");
      end(await run({ config }, io));
    });
}

function addCheck(add: Add, io: CliIo, end: End): void {
  add("check", "check a configuration without running it", [
    "check --config /etc/sunspec-collector/config.toml",
    "check --config plant7.toml --json",
  ])
    .option(...CONFIG)
    .option("--json", "print the faults as one JSON object")
    .action(async (options: ConfigFlags, command: Command) => {
      const config = needConfig(options, command);
      const { check } = await import("./check.ts");
      end(await check({ config, json: options.json ?? false }, io));
    });
}

function addRead(add: Add, io: CliIo, end: End): void {
  add("read", "read a device once and print all its values", [
    "read 192.168.10.21 --unit 1",
    "read inverter.lan:1502 --unit 126 --base 40000 --json",
  ])
    .argument("<HOST[:PORT]>", "the device; port 502 unless given", deviceAddress)
    .option("--unit <N>", "its Modbus unit id", wholeNumber(0, 255), 1)
    .option(
      "--base <ADDRESS>",
      "zero-based register address of its SunS marker (otherwise 40000, 50000 and 0 are tried)",
      wholeNumber(0, 65_533),
    )
    .addOption(
      new Option("--timeout <TIME>", "how long to wait for each answer, such as 3s")
        .argParser(durationMs).default(READ_TIMEOUT_MS, "3s"),
    )
    .option("--json", "print one JSON object")
    .action(async (address: HostPort, options: ReadFlags) => {
      const { read } = await import("./read.ts");
      const { unit: unitId, timeout: timeoutMs, base = null, json = false } = options;
      end(await read({ ...address, unitId, timeoutMs, base, json }, io));
    });
}

interface ReadFlags {
  readonly unit: number;
  readonly base?: number;
  readonly timeout: number;
  readonly json?: boolean;
}

function addSchema(add: Add, io: CliIo, end: End): void {
  add("schema", "print the Avro schemas of the records", [
    "schema",
    "schema NormalizedInverterData",
  ])
    .argument("[NAME]", "one record's schema alone")
    .action(async (name: string | undefined) => {
      const { schema } = await import("./schema.ts");
      end(schema({ name: name ?? null }, io));
    });
}

function addVersion(add: Add, io: CliIo, end: End): void {
  add("version", "print the version", ["version", "version --json"])
    .option("--json", "print one JSON object")
    .action(async (options: { readonly json?: boolean }) => {
      const { version } = await import("./version.ts");
      end(version({ json: options.json ?? false }, io));
    });
}

function toExamples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${NAME} ${line}`).join("\n")}\n`;
}
