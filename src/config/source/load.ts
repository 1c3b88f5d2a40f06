/**
 * Reads configuration files and the files that they name.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { bad, good, type Result } from "../../base/result.ts";
import { Secret } from "../../base/secret.ts";
import { credentialPath, isCredential } from "./credential.ts";
import { checkFolders, type PathKind } from "../check/folders.ts";
import {
  checkNamedFile,
  type FileContent,
  type NamedFile,
} from "../check/named_file.ts";
import {
  type CheckedConfig,
  conclude,
  inOrder,
  inspectConfig,
  type ParsedConfig,
} from "../check/parse.ts";
import type { ConfigPath, ConfigProblem } from "../check/problem.ts";
import { parseQuirksFile, type QuirkRuleConfig } from "../check/quirks_file.ts";
import { errorAt, type Violation, warningAt } from "../check/violation.ts";

/** A configuration and the content of its files; paths are absolute. */
export interface LoadedConfig extends ParsedConfig {
  readonly credentials: Credentials;
  /** The rules of the quirks file; empty without one. */
  readonly quirkRules: readonly QuirkRuleConfig[];
}

/** The content of the files named in `[uplink]`; null = not configured. */
export interface Credentials {
  /** PEM. */
  readonly ca: string | null;
  /** PEM. */
  readonly cert: string | null;
  /** PEM. */
  readonly key: Secret | null;
  readonly saslPassword: Secret | null;
}

/** The secrets of a configuration, to be masked in the log. */
export function secretsOf(
  { config, credentials }: LoadedConfig,
): readonly Secret[] {
  const { otlp_authorization: otlpAuthorization } = config.observe;
  return [credentials.key, credentials.saslPassword, otlpAuthorization]
    .filter((one) => one !== null);
}

/** Maximum size of a configuration, certificate or password file. */
const FILE_BYTES_MAX = 1024 ** 2;

/** Options of {@linkcode loadConfig}. */
export interface LoadOptions {
  /**
   * For processes that systemd did not start: credentials that only the service
   * receives may be missing or unreadable. They cause a warning and count as not
   * configured.
   */
  readonly outsideService?: boolean;
  /** Further checks, of values that depend on higher layers. */
  readonly findFaults?: (config: CheckedConfig) => readonly Violation[];
}

/**
 * Reads and checks a configuration file and every file that it names.
 *
 * @returns all faults at once; never rejects.
 */
export async function loadConfig(
  path: string,
  env: Readonly<Record<string, string>>,
  { outsideService = false, findFaults = () => [] }: LoadOptions = {},
): Promise<Result<LoadedConfig, readonly ConfigProblem[]>> {
  const file = await readText(path);
  if (!file.ok) {
    const rest = { line: null, variable: null, path: "", wanted: "", hint: null };
    return bad([{ severity: "error", file: path, found: file.fault, ...rest }]);
  }
  const source = { text: file.value.text, file: path, env, hostName: hostName() };
  const { valid: relative, problems, place } = inspectConfig(source);
  if (relative === undefined) return bad(problems);
  const valid = absolute(relative, dirname(resolve(path)));
  const named = await readNamedFiles(valid, env, outsideService);
  const violations = [
    ...named.violations,
    ...await checkFolders(valid, kindOf),
    ...findFaults(valid),
  ];
  const quirks = await readQuirks(valid.discovery.quirks_file);
  const all = [
    ...inOrder([
      ...problems,
      ...violations.map(place),
      ...quirks.violations.map(place),
    ]),
    ...quirks.problems,
  ];
  const concluded = conclude({ valid, problems: all });
  if (!concluded.ok) return concluded;
  const { credentials } = named;
  return good({ ...concluded.value, credentials, quirkRules: quirks.rules });
}

/** Reads the quirks file: its rules, and the faults of its name and content. */
async function readQuirks(path: string | null): Promise<{
  readonly rules: readonly QuirkRuleConfig[];
  readonly violations: readonly Violation[];
  readonly problems: readonly ConfigProblem[];
}> {
  const nothing = { rules: [], violations: [], problems: [] };
  if (path === null) return nothing;
  const file = await readText(path);
  if (!file.ok) {
    const found = `${JSON.stringify(path)} (${file.fault})`;
    const wanted = "a file with [[quirks]] tables";
    const violation = errorAt(["discovery", "quirks_file"], found, wanted);
    return { ...nothing, violations: [violation] };
  }
  const parsed = parseQuirksFile(file.value.text, path);
  return parsed.ok
    ? { ...nothing, rules: parsed.value }
    : { ...nothing, problems: parsed.fault };
}

async function readNamedFiles(
  { uplink }: CheckedConfig,
  env: Readonly<Record<string, string>>,
  outsideService: boolean,
): Promise<{
  readonly violations: readonly Violation[];
  readonly credentials: Credentials;
}> {
  const violations: Violation[] = [];
  const read = async (
    key: "ca_file" | "cert_file" | "key_file" | "sasl_password_file",
    kind: NamedFile,
  ): Promise<string | null> => {
    const value = uplink[key];
    if (value === null) return null;
    const at: ConfigPath = ["uplink", key];
    const path = isCredential(value) ? credentialPath(value, env) : good(value);
    if (!path.ok) {
      const { kind: cause, found, wanted, hint } = path.fault;
      const report = cause === "outside" && outsideService ? warningAt : errorAt;
      violations.push(report(at, found, wanted, hint));
      return null;
    }
    const file = await readText(path.value);
    const checked = checkNamedFile(kind, at, value, file);
    // systemd 252 also passes the name of the service's folder to ExecReload=, but not
    // the permission to read it.
    const isWithheld = outsideService && isCredential(value) && !file.ok;
    violations.push(
      ...checked.violations.map((one): Violation =>
        isWithheld ? { ...one, severity: "warning" } : one
      ),
    );
    return checked.text;
  };
  const ca = await read("ca_file", "certificate");
  const cert = await read("cert_file", "certificate");
  const key = await read("key_file", "key");
  const password = await read("sasl_password_file", "password");
  return {
    violations,
    credentials: {
      ca,
      cert,
      key: key === null ? null : new Secret(key),
      saslPassword: uplink.sasl_password ??
        (password === null ? null : new Secret(password)),
    },
  };
}

/** Makes relative paths absolute; they are relative to the configuration's folder. */
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

/** Reads a small text file; the fault is a message. */
async function readText(path: string): Promise<FileContent> {
  try {
    using file = await Deno.open(path);
    const { isDirectory, mode } = await file.stat();
    if (isDirectory) return bad("is a folder");
    const bytes = new Uint8Array(FILE_BYTES_MAX + 1);
    let length = 0;
    while (length < bytes.length) {
      const count = await file.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    if (length > FILE_BYTES_MAX) {
      return bad(`file is larger than ${FILE_BYTES_MAX} bytes`);
    }
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return good({ text: decoder.decode(bytes.subarray(0, length)), mode });
  } catch (error) {
    return bad(explain(error));
  }
}

function explain(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "file not found";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "permission denied";
  }
  if (error instanceof TypeError) return "file is not UTF-8 text";
  return error instanceof Error ? error.message : String(error);
}

async function kindOf(path: string): Promise<PathKind> {
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
