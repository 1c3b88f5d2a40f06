import { deepStrictEqual } from "node:assert/strict";
import { loadDefinition, MODEL_IDS } from "../../../models/index.ts";
import type { GroupDefinition } from "../../sunspec/definition/definition.ts";
import { usualUnit } from "./units.ts";

/** Symbols of units that are shown; a percentage names its reference after the sign. */
const SHOWN =
  /^$|^(% ?[A-Za-z_]*(\/(s|min|Hz|% dV))?|[VAWsh°Ωdmv]|V\/m|V\/s|A\/s|W\/s|Hz(\/s)?|VA|VAh|Ah|kAh|Wh|kWh|var|varh|°C|ms|mm|m\/s|W\/m²|kΩ|hPa|S|M?bit\/s)$/;

Deno.test("usualUnit() shows every unit of the definitions as a unit", async () => {
  const faults = new Set<string>();
  const visit = (group: GroupDefinition): void => {
    for (const { units } of group.points) {
      if (units !== undefined && !SHOWN.test(usualUnit(units))) faults.add(units);
    }
    group.groups.forEach(visit);
  };
  for (const id of MODEL_IDS) {
    const definition = await loadDefinition(id);
    if (definition !== undefined) visit(definition.group);
  }
  deepStrictEqual([...faults], []);
});
