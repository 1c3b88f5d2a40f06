/**
 * The door to configuration files.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { bad, good, type Result } from "../../base/result.ts";
import { Secret } from "../../base/secret.ts";
import { credentialPath, isCredential } from "./credential.ts";
import { checkFolders, type Kind } from "../check/folders.ts";
import { judgeFile, type NamedFile } from "../check/named_file.ts";
import {
  type CheckedConfig,
  conclude,
  inOrder,
  inspectConfig,
  type ParsedConfig,
} from "../check/parse.ts";
import type { ConfigPath, ConfigProblem } from "../check/problem.ts";
import { parseQuirksFile, type QuirkRuleConfig } from "../check/quirks_file.ts";
import type { Ruling } from "../check/rule_violation.ts";

/** A configuration with what its files hold; relative paths count from its own folder. */
export interface LoadedConfig extends ParsedConfig {
  readonly credentials: Credentials;
  /** What the file of quirks says; none without one. */
  readonly quirkRules: readonly QuirkRuleConfig[];
}

/** What the files that `[uplink]` names hold; null = not configured. */
export interface Credentials {
  /** PEM. */
  readonly ca: string | null;
  /** PEM. */
  readonly cert: string | null;
  /** PEM. */
  readonly key: Secret | null;
  readonly saslPassword: Secret | null;
}

/** What of a configuration must not be seen. */
export function secretsOf(
  { config, credentials }: LoadedConfig,
): readonly Secret[] {
  const { otlp_authorization: otlpAuthorization } = config.observe;
  return [credentials.key, credentials.saslPassword, otlpAuthorization]
    .filter((one) => one !== null);
}

/** No configuration, certificate or password is larger. */
const FILE_BYTES_MAX = 1024 ** 2;

/** How a configuration is read. */
export interface LoadOptions {
  /**
   * Credentials that only the service gets may be missing or closed: for whoever
   * looks at the file from outside. They are warned of and count as not configured.
   */
  readonly outside?: boolean;
}

/**
 * Reads and checks a configuration file and every file that it names.
 *
 * @returns all faults at once; never rejects.
 */
export async function loadConfig(
  path: string,
  env: Readonly<Record<string, string>>,
  { outside = false }: LoadOptions = {},
): Promise<Result<LoadedConfig, readonly ConfigProblem[]>> {
  const file = await readText(path);
  if (!file.ok) {
    const wanted = "a TOML file that can be read";
    const rest = { line: null, variable: null, path: "", hint: null };
    return bad([{ severity: "error", file: path, found: file.fault, wanted, ...rest }]);
  }
  const source = { text: file.value.text, file: path, env, hostName: hostName() };
  const { sound: relative, problems, place } = inspectConfig(source);
  if (relative === undefined) return bad(problems);
  const sound = absolute(relative, dirname(resolve(path)));
  const named = await readNamedFiles(sound, env, outside);
  const rulings = [...named.rulings, ...await checkFolders(sound, kindOf)];
  const quirks = await readQuirks(sound.discovery.quirks_file);
  const all = [
    ...inOrder([
      ...problems,
      ...rulings.map(place),
      ...quirks.rulings.map(place),
    ]),
    ...quirks.problems,
  ];
  const concluded = conclude({ sound, problems: all });
  if (!concluded.ok) return concluded;
  const { credentials } = named;
  return good({ ...concluded.value, credentials, quirkRules: quirks.rules });
}

/** The rules of the file of quirks, and what is wrong with it or in it. */
async function readQuirks(path: string | null): Promise<{
  readonly rules: readonly QuirkRuleConfig[];
  readonly rulings: readonly Ruling[];
  readonly problems: readonly ConfigProblem[];
}> {
  const nothing = { rules: [], rulings: [], problems: [] };
  if (path === null) return nothing;
  const file = await readText(path);
  if (!file.ok) {
    const found = `${JSON.stringify(path)}: ${file.fault}`;
    const wanted = "a file with [[quirks]] tables";
    const at = ["discovery", "quirks_file"];
    return {
      ...nothing,
      rulings: [{ severity: "error", path: at, found, wanted, hint: null }],
    };
  }
  const parsed = parseQuirksFile(file.value.text, path);
  return parsed.ok
    ? { ...nothing, rules: parsed.value }
    : { ...nothing, problems: parsed.fault };
}

async function readNamedFiles(
  { uplink }: CheckedConfig,
  env: Readonly<Record<string, string>>,
  outside: boolean,
): Promise<{ readonly rulings: Ruling[]; readonly credentials: Credentials }> {
  const rulings: Ruling[] = [];
  const read = async (
    key: "ca_file" | "cert_file" | "key_file" | "sasl_password_file",
    kind: NamedFile,
  ): Promise<string | null> => {
    const value = uplink[key];
    if (value === null) return null;
    const at: ConfigPath = ["uplink", key];
    const path = isCredential(value) ? credentialPath(value, env) : good(value);
    if (!path.ok) {
      const { kind: why, ...finding } = path.fault;
      const severity = why === "outside" && outside ? "warning" : "error";
      rulings.push({ severity, path: at, ...finding });
      return null;
    }
    const file = await readText(path.value);
    const judged = judgeFile(kind, at, value, file);
    // systemd 252 names the service's folder to ExecReload= too, and keeps it closed.
    const isKept = outside && isCredential(value) && !file.ok;
    rulings.push(
      ...judged.rulings.map((one): Ruling =>
        isKept ? { ...one, severity: "warning" } : one
      ),
    );
    return judged.text;
  };
  const ca = await read("ca_file", "certificate");
  const cert = await read("cert_file", "certificate");
  const key = await read("key_file", "key");
  const password = await read("sasl_password_file", "password");
  return {
    rulings,
    credentials: {
      ca,
      cert,
      key: key === null ? null : new Secret(key),
      saslPassword: uplink.sasl_password ??
        (password === null ? null : new Secret(password)),
    },
  };
}

function absolute(config: CheckedConfig, folder: string): CheckedConfig {
  const { buffer, discovery, uplink } = config;
  const from = (path: string): string =>
    isCredential(path) ? path : resolve(folder, path);
  const fromOrNull = (path: string | null): string | null => path && from(path);
  return {
    ...config,
    buffer: { ...buffer, path: from(buffer.path) },
    discovery: {
      ...discovery,
      models_dir: fromOrNull(discovery.models_dir),
      quirks_file: fromOrNull(discovery.quirks_file),
    },
    uplink: {
      ...uplink,
      ca_file: fromOrNull(uplink.ca_file),
      cert_file: fromOrNull(uplink.cert_file),
      key_file: fromOrNull(uplink.key_file),
      sasl_password_file: fromOrNull(uplink.sasl_password_file),
      files: { ...uplink.files, path: from(uplink.files.path) },
    },
  };
}

/** A file's text and permission bits. */
export interface FileText {
  readonly text: string;
  readonly mode: number | null;
}

/** Reads a small text file; the fault says in words what is found instead. */
async function readText(path: string): Promise<Result<FileText, string>> {
  try {
    using file = await Deno.open(path);
    const { isDirectory, mode } = await file.stat();
    if (isDirectory) return bad("a folder");
    const bytes = new Uint8Array(FILE_BYTES_MAX + 1);
    let length = 0;
    while (length < bytes.length) {
      const count = await file.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    if (length > FILE_BYTES_MAX) {
      return bad(`a file of more than ${FILE_BYTES_MAX} bytes`);
    }
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return good({ text: decoder.decode(bytes.subarray(0, length)), mode });
  } catch (error) {
    return bad(explain(error));
  }
}

function explain(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "a file that may not be read";
  }
  if (error instanceof TypeError) return "a file that is not UTF-8";
  return error instanceof Error ? error.message : String(error);
}

async function kindOf(path: string): Promise<Kind> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "nothing" : "unknown";
  }
}

function hostName(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}
