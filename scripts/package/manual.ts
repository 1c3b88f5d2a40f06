/**
 * The man page, from what the commands declare. Language: man(7).
 *
 * @module
 */

import type { Command } from "../../src/cli/framework/command.ts";
import {
  describeParameter,
  DESCRIPTION,
  ENVIRONMENT,
  exitCodes,
  NAME,
} from "../../src/cli/framework/program.ts";

/** Where the package puts things. */
const FILES: readonly (readonly [path: string, what: string])[] = [
  ["/etc/sunspec-collector/config.toml", "The configuration of the service."],
  [
    "/etc/default/sunspec-collector",
    "The environment of the service; overrides single values of the configuration.",
  ],
  ["/var/lib/sunspec-collector", "The buffer, and what else outlives a restart."],
  [
    "/usr/share/doc/sunspec-collector/configuration.md.gz",
    "Every key of the configuration.",
  ],
];

/** Renders section 1's page of the program; the same text for the same commands. */
export function renderManual(commands: readonly Command[]): string {
  const lines = [
    '.\\" Generated from src/cli/commands: deno task generate.',
    `.TH ${NAME.toUpperCase()} 1 "" "${NAME}" "User commands"`,
    ".SH NAME",
    `${escape(NAME)} \\- collect readings of SunSpec devices over Modbus TCP`,
    ".SH SYNOPSIS",
    `.B ${escape(NAME)}`,
    ".I COMMAND",
    "[\\fIARGUMENTS\\fR]",
    ".SH DESCRIPTION",
    escape(DESCRIPTION),
    ".SH COMMANDS",
    ...commands.flatMap(renderCommand),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap((text, at) => [...(at > 0 ? [".PP"] : []), escape(text)]),
    ".SH FILES",
    ...FILES.flatMap(([path, what]) => item(`.I ${escape(path)}`, what)),
    ".SH EXIT STATUS",
    ...exitCodes().flatMap(([code, says]) => item(`.B ${code}`, says)),
    ".SH SEE ALSO",
    ".BR systemctl (1),",
    ".BR journalctl (1)",
  ];
  return `${lines.join("\n")}\n`;
}

function renderCommand(command: Command): string[] {
  const { name, summary, details, examples, parameters } = command;
  const all = Object.values(parameters);
  const args = all.filter(({ kind }) => kind === "argument");
  const options = all.length > args.length ? [" [\\fIOPTIONS\\fR]"] : [];
  const forms = args.map(({ form }) => ` \\fI${escape(form)}\\fR`);
  return [
    `.SS "${name}"`,
    `.B ${escape(name)}${[...options, ...forms].join("")}`,
    ".PP",
    sentence(summary),
    ...details.flatMap((text) => [".PP", escape(text)]),
    ...all.flatMap((parameter) =>
      item(`.B ${escape(parameter.form)}`, describeParameter(parameter))
    ),
    ".PP",
    "Exit codes:",
    ...exitCodes(command).flatMap(([code, says]) => item(`.B ${code}`, says)),
    ".PP",
    examples.length === 1 ? "Example:" : "Examples:",
    ".PP",
    ".nf",
    ".RS",
    ...examples.map((line) => escape(`${NAME} ${line}`)),
    ".RE",
    ".fi",
  ];
}

function item(term: string, text: string): string[] {
  return [".TP", term, sentence(text)];
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return escape(/[.!?]$/.test(capital) ? capital : `${capital}.`);
}

/** Text as text: no escapes, no hyphens that are not those of the keyboard, no requests. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replace(/^\./, "\\&.");
}
