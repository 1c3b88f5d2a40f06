import { deepStrictEqual } from "node:assert/strict";
import { demoReadings } from "./readings.ts";

const NONE = { powerW: null, irradianceWm2: null, energyWh: null, chargePct: null };

Deno.test("demoReadings() selects the values of each type of record", () => {
  deepStrictEqual(demoReadings(undefined), NONE);
  deepStrictEqual(
    demoReadings({ ac_power_w: 5, dc_power_w: 6, ac_energy_wh: 7 }),
    { ...NONE, powerW: 5, energyWh: 7 },
  );
  deepStrictEqual(
    demoReadings({ ac_power_w: -5, exported_energy_wh: 8 }),
    { ...NONE, powerW: -5, energyWh: 8 },
  );
  deepStrictEqual(
    demoReadings({ dc_power_w: 3, soc_pct: 62.4 }),
    { ...NONE, powerW: 3, chargePct: 62.4 },
  );
  deepStrictEqual(
    demoReadings({ ghi_w_m2: null, irradiances: [{ ghi_w_m2: 742 }] }),
    { ...NONE, irradianceWm2: 742 },
  );
  deepStrictEqual(demoReadings({ irradiances: [] }), NONE);
});
