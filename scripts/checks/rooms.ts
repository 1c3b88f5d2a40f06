/**
 * Fails if a room imports one that it may not know. The table is the
 * architecture: read it top to bottom, and data flows the same way.
 *
 * @module
 */

import { DOORS } from "./doors.ts";
import { readImports } from "./imports.ts";

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

const faults: string[] = [];
let checked = 0;
const { files, imports } = await readImports();
for (const path of files) {
  const room = path.split("/")[1] ?? "";
  if (TOP.includes(room) || ROOMS[room] !== undefined) continue;
  faults.push(`${path} stands in a room that the table does not have`);
}
for (const { path, room, target, other } of imports) {
  checked++;
  if (TOP.includes(room) || other === undefined) continue; // packages: doors_lint.ts
  if (!ROOMS[room]?.includes(other)) {
    faults.push(`${path} imports ${target}, but ${room} may not know ${other}`);
  }
}
for (const door of DOORS) {
  if (!files.includes(door)) {
    faults.push(`${door} is listed as a door and does not exist`);
  }
}

await Deno.stdout.write(new TextEncoder().encode(
  `${checked} imports checked, ${faults.length} faults\n${
    faults.map((fault) => `${fault}\n`).join("")
  }`,
));
if (faults.length > 0) Deno.exit(1);
