/**
 * Fails if a room imports one that it may not know. The table is the
 * architecture: read it top to bottom, and data flows the same way.
 *
 * @module
 */

import { DOORS } from "./doors.ts";

const ROOMS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ["base"],
  modbus: ["base"],
  sunspec: ["base", "models"],
  discovery: ["base", "modbus", "sunspec"],
  telemetry: ["base", "sunspec", "models"],
  poller: ["base", "modbus", "sunspec", "discovery", "telemetry"],
  buffer: ["base", "telemetry"],
  pipeline: ["base", "poller", "telemetry", "buffer"],
  uplink: ["base", "buffer"],
  observe: ["base"],
  host: ["base"],
  simulator: ["base", "sunspec"],
};

/** May import every room: the wiring and the commands. */
const TOP = ["cli", "app.ts"];

const COMMENT = /\/\*[^]*?\*\//g;
const FROM = /\b(?:from|import\() ?"([^"]+)"/g;

async function files(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await files(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

/** The room that `target`, as imported by `path`, stands in; undefined = the same room. */
function roomOf(path: string, target: string): string | undefined {
  const depth = path.split("/").length - 3;
  const up = "../".repeat(depth + 1);
  if (!target.startsWith(up)) return undefined;
  const rest = target.slice(up.length);
  return rest.startsWith("../models/") ? "models" : rest.split("/")[0];
}

const faults: string[] = [];
const seen = new Set<string>();
let checked = 0;
for (const path of await files("src")) {
  seen.add(path);
  const room = path.split("/")[1] ?? "";
  if (TOP.includes(room) || path.endsWith("_test.ts")) continue;
  const known = ROOMS[room];
  if (known === undefined) {
    faults.push(`${path} stands in a room that the table does not have`);
    continue;
  }
  const code = (await Deno.readTextFile(path)).replaceAll(COMMENT, "");
  for (const [, target = ""] of code.matchAll(FROM)) {
    checked++;
    if (!target.startsWith(".")) continue; // packages: doors_lint.ts
    const other = roomOf(path, target);
    if (other !== undefined && !known.includes(other)) {
      faults.push(`${path} imports ${target}, but ${room} may not know ${other}`);
    }
  }
}
for (const door of DOORS) {
  if (!seen.has(door)) faults.push(`${door} is listed as a door and does not exist`);
}

await Deno.stdout.write(new TextEncoder().encode(
  `${checked} imports checked, ${faults.length} faults\n${
    faults.map((fault) => `${fault}\n`).join("")
  }`,
));
if (faults.length > 0) Deno.exit(1);
