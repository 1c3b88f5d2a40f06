/**
 * A three-phase delta meter of the consumption of the site, without phase-to-neutral
 * voltages and without power by phase.
 *
 * @module
 */

import { i16, u32 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { MeterPoint } from "../devices/meter.ts";

/** The image; the notes state the meaning of the registers. */
export const DELTA_METER_IMAGE: ImageLiteral<MeterPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                # "SunS"
  0001 0042                                # model 1 at 40002, L = 66
  4465 6D6F 204D 6574 6572 696E 6700 0000*9  # Mn = "Demo Metering"
  444D 2D33 4400 0000*13                   # Md = "DM-3D"
  0000 0000*7                              # Opt = null
  352E 3031 0000*6                         # Vr = "5.01"
  444D 3344 2D43 3030 3031 0000*11         # SN = "DM3D-C0001"
  000C                                     # DA = 12
  8000                                     # pad
  00CC 0069                                # model 204 at 40070, L = 105
  14FA 06FE 06FC 0700                      # A = 53.7, AphA = 17.9, AphB = 17.88, AphC = 17.92
  FFFE                                     # A_SF = -2
  8000 8000 8000 8000                      # PhV = null, PhVphA = null, PhVphB = null, PhVphC = null
  0FA3 0FA1 0FA3 0FA5                      # PPV = 400.3, PhVphAB = 400.1, PhVphBC = 400.3, PhVphCA = 400.5
  FFFF                                     # V_SF = -1
  1389 FFFE                                # Hz = 50.01, Hz_SF = -2
  300C 8000 8000 8000                      # W = 12300, WphA = null, WphB = null, WphC = null
  0000                                     # W_SF = 0
  3084 8000 8000 8000                      # VA = 12420, VAphA = null, VAphB = null, VAphC = null
  0000                                     # VA_SF = 0
  06B8 8000 8000 8000                      # VAR = 1720, VARphA = null, VARphB = null, VARphC = null
  0000                                     # VAR_SF = 0
  03DE 8000 8000 8000                      # PF = 99, PFphA = null, PFphB = null, PFphC = null
  FFFF                                     # PF_SF = -1
  0000 0003 0000 0000 0000 0000 0000 0000  # TotWhExp = 300, TotWhExpPhA = 0, TotWhExpPhB = 0, TotWhExpPhC = 0
  0001 2345 0000 0000 0000 0000 0000 0000  # TotWhImp = 7456500, TotWhImpPhA = 0, TotWhImpPhB = 0, TotWhImpPhC = 0
  0002                                     # TotWh_SF = 2
  0000 0003 0000 0000 0000 0000 0000 0000  # TotVAhExp = 300, TotVAhExpPhA = 0, TotVAhExpPhB = 0, TotVAhExpPhC = 0
  0001 2888 0000 0000 0000 0000 0000 0000  # TotVAhImp = 7591200, TotVAhImpPhA = 0, TotVAhImpPhB = 0, TotVAhImpPhC = 0
  0002                                     # TotVAh_SF = 2
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhImpQ1 = null, TotVArhImpQ1PhA = null, TotVArhImpQ1PhB = null, TotVArhImpQ1PhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhImpQ2 = null, TotVArhImpQ2PhA = null, TotVArhImpQ2PhB = null, TotVArhImpQ2PhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhExpQ3 = null, TotVArhExpQ3PhA = null, TotVArhExpQ3PhB = null, TotVArhExpQ3PhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhExpQ4 = null, TotVArhExpQ4PhA = null, TotVArhExpQ4PhB = null, TotVArhExpQ4PhC = null
  8000                                     # TotVArh_SF = null
  0000 0000                                # Evt = 0
  FFFF 0000                                # the end
`,
  cells: {
    A: i16(40072, -2),
    AphA: i16(40073, -2),
    AphB: i16(40074, -2),
    AphC: i16(40075, -2),
    PPV: i16(40081, -1),
    PhVphAB: i16(40082, -1),
    PhVphBC: i16(40083, -1),
    PhVphCA: i16(40084, -1),
    Hz: i16(40086, -2),
    W: i16(40088),
    VA: i16(40093),
    VAR: i16(40098),
    PF: i16(40103, -1),
    TotWhExp: u32(40108, 2),
    TotWhImp: u32(40116, 2),
  },
};
