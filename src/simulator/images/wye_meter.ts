/**
 * A three-phase meter (wye) at the grid connection: positive = import
 * from the grid. Model 1 has no pad; apparent and reactive energies are not implemented.
 *
 * @module
 */

import { i16, u32 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { MeterPoint } from "../devices/meter.ts";

/** The image; the notes state the meaning of the registers. */
export const WYE_METER_IMAGE: ImageLiteral<MeterPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                # "SunS"
  0001 0041                                # model 1 at 40002, L = 65
  4465 6D6F 204D 6574 6572 696E 6700 0000*9  # Mn = "Demo Metering"
  444D 2D33 5000 0000*13                   # Md = "DM-3P"
  4354 2032 3530 2041 0000*4               # Opt = "CT 250 A"
  352E 3031 0000*6                         # Vr = "5.01"
  444D 3350 2D42 3030 3031 0000*11         # SN = "DM3P-B0001"
  000B                                     # DA = 11
  00CB 0069                                # model 203 at 40069, L = 105
  0861 02CB 02CA 02CC                      # A = 214.5, AphA = 71.5, AphB = 71.4, AphC = 71.6
  FFFF                                     # A_SF = -1
  0907 0908 0904 0909                      # PhV = 231.1, PhVphA = 231.2, PhVphB = 230.8, PhVphC = 231.3
  0FA3 0FA1 0FA3 0FA5                      # PPV = 400.3, PhVphAB = 400.1, PhVphBC = 400.3, PhVphCA = 400.5
  FFFF                                     # V_SF = -1
  1389 FFFE                                # Hz = 50.01, Hz_SF = -2
  ECA5 F98C F98D F98C                      # W = -49550, WphA = -16520, WphB = -16510, WphC = -16520
  0001                                     # W_SF = 1
  135D 0675 0673 0675                      # VA = 49570, VAphA = 16530, VAphB = 16510, VAphC = 16530
  0001                                     # VA_SF = 1
  FF7C FFD4 FFD5 FFD3                      # VAR = -1320, VARphA = -440, VARphB = -430, VARphC = -450
  0001                                     # VAR_SF = 1
  FC19 FC19 FC1A FC19                      # PF = -99.9, PFphA = -99.9, PFphB = -99.8, PFphC = -99.9
  FFFF                                     # PF_SF = -1
  0012 50D9 0006 1AF8 0006 1AEE 0006 1AF3  # TotWhExp = 12003450, TotWhExpPhA = 4001200, TotWhExpPhB = 4001100, TotWhExpPhC = 4001150
  0004 9401 0001 86AB 0001 86AC 0001 86AA  # TotWhImp = 3000330, TotWhImpPhA = 1000110, TotWhImpPhB = 1000120, TotWhImpPhC = 1000100
  0001                                     # TotWh_SF = 1
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVAhExp = null, TotVAhExpPhA = null, TotVAhExpPhB = null, TotVAhExpPhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVAhImp = null, TotVAhImpPhA = null, TotVAhImpPhB = null, TotVAhImpPhC = null
  8000                                     # TotVAh_SF = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhImpQ1 = null, TotVArhImpQ1PhA = null, TotVArhImpQ1PhB = null, TotVArhImpQ1PhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhImpQ2 = null, TotVArhImpQ2PhA = null, TotVArhImpQ2PhB = null, TotVArhImpQ2PhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhExpQ3 = null, TotVArhExpQ3PhA = null, TotVArhExpQ3PhB = null, TotVArhExpQ3PhC = null
  0000 0000 0000 0000 0000 0000 0000 0000  # TotVArhExpQ4 = null, TotVArhExpQ4PhA = null, TotVArhExpQ4PhB = null, TotVArhExpQ4PhC = null
  8000                                     # TotVArh_SF = null
  0000 0000                                # Evt = 0
  FFFF 0000                                # the end
`,
  cells: {
    A: i16(40071, -1),
    AphA: i16(40072, -1),
    AphB: i16(40073, -1),
    AphC: i16(40074, -1),
    PhV: i16(40076, -1),
    PhVphA: i16(40077, -1),
    PhVphB: i16(40078, -1),
    PhVphC: i16(40079, -1),
    PPV: i16(40080, -1),
    PhVphAB: i16(40081, -1),
    PhVphBC: i16(40082, -1),
    PhVphCA: i16(40083, -1),
    Hz: i16(40085, -2),
    W: i16(40087, 1),
    WphA: i16(40088, 1),
    WphB: i16(40089, 1),
    WphC: i16(40090, 1),
    VA: i16(40092, 1),
    VAphA: i16(40093, 1),
    VAphB: i16(40094, 1),
    VAphC: i16(40095, 1),
    VAR: i16(40097, 1),
    VARphA: i16(40098, 1),
    VARphB: i16(40099, 1),
    VARphC: i16(40100, 1),
    PF: i16(40102, -1),
    PFphA: i16(40103, -1),
    PFphB: i16(40104, -1),
    PFphC: i16(40105, -1),
    TotWhExp: u32(40107, 1),
    TotWhExpPhA: u32(40109, 1),
    TotWhExpPhB: u32(40111, 1),
    TotWhExpPhC: u32(40113, 1),
    TotWhImp: u32(40115, 1),
    TotWhImpPhA: u32(40117, 1),
    TotWhImpPhB: u32(40119, 1),
    TotWhImpPhC: u32(40121, 1),
  },
};
