/**
 * A hybrid inverter of 10 kW: the newer models 701, 713 and 714, two PV inputs
 * and its own battery. The current of a port is negative while charging.
 *
 * @module
 */

import { i16, u16, u32, u64 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { HybridPoint } from "../devices/hybrid.ts";

/** The image; the notes state the meaning of the registers. */
export const HYBRID_IMAGE: ImageLiteral<HybridPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                    # "SunS"
  0001 0042                                    # model 1 at 40002, L = 66
  4465 6D6F 2048 7962 7269 6400 0000*10        # Mn = "Demo Hybrid"
  4448 2D31 304B 0000*13                       # Md = "DH-10K"
  0000*8                                       # Opt = null
  312E 382E 3200 0000*5                        # Vr = "1.8.2"
  4448 3130 2D48 3030 3031 0000*11             # SN = "DH10-H0001"
  0003                                         # DA = 3
  8000                                         # pad
  02BD 0099                                    # model 701 at 40070, L = 153
  0002 0001 0003 0001 0000 0000 0000 0001 0264 # ACType = 2, St = 1, InvSt = 3, ConnSt = 1, Alrm = 0, DERMode = 1, W = 6120
  0265 FFEE 03E6 010A 0FA3 0907 0000 1389      # VA = 6130, Var = -180, PF = 0.998, A = 26.6, LLV = 400.3, LNV = 231.1, Hz = 50.01
  0000 0000 0002 C849 0000 0000 0000 0390      # TotWhInj = 18234500, TotWhAbs = 91200
  FFFF*8 8000                                  # TotVarhInj = null, TotVarhAbs = null, TmpAmb = null
  0181 01BA 8000 8000 8000 00CC 00CD           # TmpCab = 38.5, TmpSnk = 44.2, TmpTrns = null, TmpSw = null, TmpOt = null, WL1 = 2040, VAL1 = 2050
  FFFA 03E6 0059 0FA2 0908 FFFF*4              # VarL1 = -60, PFL1 = 0.998, AL1 = 8.9, VL1L2 = 400.2, VL1 = 231.2, TotWhInjL1 = null
  FFFF*8                                       # TotWhAbsL1 = null, TotVarhInjL1 = null
  FFFF*4 00CC 00CC FFFA 03E6 0058              # TotVarhAbsL1 = null, WL2 = 2040, VAL2 = 2040, VarL2 = -60, PFL2 = 0.998, AL2 = 8.8
  0FA4 0906 FFFF*4                             # VL2L3 = 400.4, VL2 = 231, TotWhInjL2 = null
  FFFF*8                                       # TotWhAbsL2 = null, TotVarhInjL2 = null
  FFFF*4 00CC 00CC FFFA 03E6 0059              # TotVarhAbsL2 = null, WL3 = 2040, VAL3 = 2040, VarL3 = -60, PFL3 = 0.998, AL3 = 8.9
  0FA3 0907 FFFF*4                             # VL3L1 = 400.3, VL3 = 231.1, TotWhInjL3 = null
  FFFF*8                                       # TotWhAbsL3 = null, TotVarhInjL3 = null
  FFFF*9                                       # TotVarhAbsL3 = null, ThrotPct = null, ThrotSrc = null, A_SF = -1, V_SF = -1
  FFFE 0001 FFFD 0001 0001 0002 8000           # Hz_SF = -2, W_SF = 1, PF_SF = -3, VA_SF = 1, Var_SF = 1, TotWh_SF = 2, TotVarh_SF = null
  FFFF                                         # Tmp_SF = -1
  0000*32                                      # MnAlrmInfo = null
  02C9 0007                                    # model 713 at 40225, L = 7
  03FC 027F 0282 03D0 0000 0001 FFFF           # WHRtg = 10200, WHAvail = 6390, SoC = 64.2, SoH = 97.6, Sta = 0, WH_SF = 1, Pct_SF = -1
  02CA 005D                                    # model 714 at 40234, L = 93
  0000 0000 0003 0087 0277 0000 0000 0002 E63C # PrtAlrms = 0, NPrt = 3, DCA = 13.5, DCW = 6310, DCWhInj = 19001200
  0000 0000 0000 5E2E FFFF FFFF 0001 0002 0000 # DCWhAbs = 2411000, DCA_SF = -1, DCV_SF = -1, DCW_SF = 1, DCWH_SF = 2, Tmp_SF = 0
  0000 0001                                    # Prt[0]: PrtTyp = 0, ID = 1
  536F 7574 6800 0000*5                        # IDStr = "South"
  0044 1785 0199 0000 0000 0001 D4D7           # DCA = 6.8, DCV = 602.1, DCW = 4090, DCWhInj = 12002300
  0000*4 0029 0001 0000 0000                   # DCWhAbs = 0, Tmp = 41, DCSta = 1, DCAlrm = 0
  0000 0002                                    # Prt[1]: PrtTyp = 0, ID = 2
  5765 7374 0000*6                             # IDStr = "West"
  0043 1763 0191 0000 0000 0000 C750           # DCA = 6.7, DCV = 598.7, DCW = 4010, DCWhInj = 5102400
  0000*4 0028 0001 0000 0000                   # DCWhAbs = 0, Tmp = 40, DCSta = 1, DCAlrm = 0
  0001 0003                                    # Prt[2]: PrtTyp = 1, ID = 3
  4261 7474 6572 7900 0000*4                   # IDStr = "Battery"
  FFD4 0FE1 FF4D 0000 0000 0000 4A15           # DCA = -4.4, DCV = 406.5, DCW = -1790, DCWhInj = 1896500
  0000 0000 0000 5E2E 001B 0001 0000 0000      # DCWhAbs = 2411000, Tmp = 27, DCSta = 1, DCAlrm = 0
  FFFF 0000                                    # the end
`,
  cells: {
    InvSt: u16(40074),
    W: i16(40080, 1),
    VA: i16(40081, 1),
    Var: i16(40082, 1),
    PF: i16(40083, -3),
    A: i16(40084, -1),
    LLV: u16(40085, -1),
    LNV: u16(40086, -1),
    Hz: u32(40087, -2),
    TotWhInj: u64(40089, 2),
    TmpCab: i16(40106, -1),
    TmpSnk: i16(40107, -1),
    WL1: i16(40111, 1),
    AL1: i16(40115, -1),
    VL1L2: u16(40116, -1),
    VL1: u16(40117, -1),
    WL2: i16(40134, 1),
    AL2: i16(40138, -1),
    VL2L3: u16(40139, -1),
    VL2: u16(40140, -1),
    WL3: i16(40157, 1),
    AL3: i16(40161, -1),
    VL3L1: u16(40162, -1),
    VL3: u16(40163, -1),
    WHAvail: u16(40228, 1),
    SoC: u16(40229, -1),
    DCA: i16(40239, -1),
    DCW: i16(40240, 1),
    "Prt[0].DCA": i16(40264, -1),
    "Prt[0].DCV": u16(40265, -1),
    "Prt[0].DCW": i16(40266, 1),
    "Prt[0].DCWhInj": u64(40267, 2),
    "Prt[0].DCWhAbs": u64(40271, 2),
    "Prt[1].DCA": i16(40289, -1),
    "Prt[1].DCV": u16(40290, -1),
    "Prt[1].DCW": i16(40291, 1),
    "Prt[1].DCWhInj": u64(40292, 2),
    "Prt[1].DCWhAbs": u64(40296, 2),
    "Prt[2].DCA": i16(40314, -1),
    "Prt[2].DCV": u16(40315, -1),
    "Prt[2].DCW": i16(40316, 1),
    "Prt[2].DCWhInj": u64(40317, 2),
    "Prt[2].DCWhAbs": u64(40321, 2),
  },
};
