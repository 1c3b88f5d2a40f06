/**
 * Checks the structure of the sources and exits with 1 on a fault: imports
 * against the layers, import cycles, the size of folders, exported names that are
 * declared twice, listed adapters that do not exist.
 *
 * `deno run -R scripts/checks/structure.ts`
 *
 * @module
 */

import { ADAPTERS } from "./adapters.ts";
import { findCycles } from "./cycles.ts";
import { duplicateFaults } from "./exported_names.ts";
import { folderFaults } from "./folders.ts";
import { filesIn, readImports } from "./imports.ts";
import { importFaults, placementFaults, tableFaults } from "./layers.ts";
import { SOURCE_FOLDERS, sourcePath } from "./source_path.ts";

const { files, imports } = await readImports();
const sources = new Map<string, string>();
for (const folder of SOURCE_FOLDERS) {
  for (const path of await filesIn(folder)) {
    if (sourcePath(path) !== undefined) {
      sources.set(path, await Deno.readTextFile(path));
    }
  }
}
const faults = [
  ...tableFaults(),
  ...placementFaults(files),
  ...importFaults(imports),
  ...findCycles(imports).map((cycle) => `import cycle: ${cycle.join(" -> ")}`),
  ...[...ADAPTERS].filter((path) => !files.includes(path))
    .map((path) =>
      `${path} is listed in scripts/checks/adapters.ts but does not exist`
    ),
  ...folderFaults([...sources.keys()]),
  ...duplicateFaults(sources),
];
await Deno.stdout.write(new TextEncoder().encode(
  `${imports.length} imports of ${sources.size} files checked, ${faults.length} faults\n${
    faults.map((fault) => `${fault}\n`).join("")
  }`,
));
if (faults.length > 0) Deno.exit(1);
