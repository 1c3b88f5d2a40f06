/**
 * `queue ACTION`: what is in the buffer, beside an agent that uses it; and the
 * two actions that mend it while none does.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { DbFailure } from "../../buffer/store/database.ts";
import { type Inspector, openInspector } from "../../buffer/store/snapshot_reader.ts";
import { crc32, openDb } from "../../buffer/store/sqlite.ts";
import { loadConfig } from "../../config/source/load.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { exportRows } from "./export.ts";
import { purgeRows, salvageRows } from "./repair.ts";
import { peekRows } from "./peek.ts";
import { showStats } from "./stats.ts";
import { verifyRows } from "./verify.ts";
import { isSystemFault } from "../framework/system_fault.ts";

/** Options of `queue`. */
export interface QueueOptions {
  readonly action: "stats" | "peek" | "export" | "verify" | "purge" | "salvage";
  /** The agent's configuration, which names the buffer. */
  readonly config: string | null;
  /** The buffer's file itself. */
  readonly path: string | null;
  readonly count: number;
  readonly output: string | null;
  readonly olderThan: number | null;
  readonly from: string | null;
  readonly json: boolean;
}

/** The buffer that is meant. */
export interface QueuePlace {
  readonly path: string;
  /** Its bound, in bytes; null = not known: only its file was named. */
  readonly maxBytes: number | null;
}

/** Why an action was not done. */
export interface QueueFault {
  readonly code: number;
  /** In words, for people. */
  readonly detail: string;
}

/** What came of an action: one JSON value, and the same in lines for people. */
export interface QueueAnswer {
  readonly code: number;
  readonly json: unknown;
  readonly lines: readonly string[];
}

/** Does it; returns the exit code. */
export async function queue(options: QueueOptions, io: CliIo): Promise<number> {
  const place = await findQueue(options, io);
  const answer = place.ok ? await act(options, place.value, io) : place;
  if (!answer.ok) {
    const { code, detail } = answer.fault;
    if (options.json) io.stdout.write(`${JSON.stringify({ error: detail })}\n`);
    else io.stderr.write(`queue ${options.action}: ${detail}\n`);
    return code;
  }
  const { code, json, lines } = answer.value;
  if (options.json) io.stdout.write(`${JSON.stringify(json)}\n`);
  else for (const line of lines) io.stdout.write(`${line}\n`);
  return code;
}

async function findQueue(
  { config, path }: QueueOptions,
  io: CliIo,
): Promise<Result<QueuePlace, QueueFault>> {
  if (path !== null) return good({ path, maxBytes: null });
  if (config === null) {
    const detail = "which buffer? Name its --config FILE, or the --path FILE itself";
    return bad({ code: EXIT.usage, detail });
  }
  // Its file is all that is asked for: the service's credentials need not be at hand.
  const loaded = await loadConfig(config, io.env, { outside: true });
  if (!loaded.ok) {
    const detail = loaded.fault.map(describeProblem).join("\n");
    return bad({ code: EXIT.config, detail });
  }
  const { buffer } = loaded.value.config;
  return good({ path: buffer.path, maxBytes: buffer.max_bytes });
}

type Acted = Result<QueueAnswer, QueueFault>;

async function act(
  options: QueueOptions,
  place: QueuePlace,
  io: CliIo,
): Promise<Acted> {
  try {
    switch (options.action) {
      case "stats":
        return await looking(
          place,
          (inspector) => showStats(inspector, place, Date.now()),
        );
      case "peek":
        return await looking(place, (inspector) => peekRows(inspector, options.count));
      case "verify":
        return await looking(
          place,
          (inspector) => verifyRows(inspector, place.path, io),
        );
      case "export": {
        const { output } = options;
        if (output === null) return lacking("where to? Name a folder: -o FOLDER");
        return await looking(place, (inspector) => exportRows(inspector, output, io));
      }
      case "purge":
        if (options.olderThan === null) {
          return lacking("how old? Name --older-than TIME");
        }
        return purgeRows(place, options.olderThan, Date.now());
      case "salvage":
        if (options.from === null) return lacking("of which file? Name --from FILE");
        return salvageRows(place, options.from, Date.now());
    }
  } catch (error) {
    if (!(error instanceof DbFailure || isSystemFault(error))) throw error;
    return bad({ code: EXIT.failure, detail: `${place.path}: ${error.message}` });
  }
}

function lacking(detail: string): Acted {
  return bad({ code: EXIT.usage, detail });
}

/** Opens the buffer to be looked at only. */
async function looking(
  { path }: QueuePlace,
  look: (inspector: Inspector) => Acted | Promise<Acted>,
): Promise<Acted> {
  const opened = openInspector(path, { open: openDb, crc32 });
  if (!opened.ok) return bad({ code: EXIT.failure, detail: opened.fault });
  try {
    return await look(opened.value);
  } finally {
    opened.value.close();
  }
}
