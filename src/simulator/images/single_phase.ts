/**
 * A single-phase inverter of 5 kW at base address 0, with energy in kWh and a vendor
 * model without a definition.
 *
 * @module
 */

import { i16, u16, u32 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { InverterPoint } from "../devices/inverter.ts";

/** The image; the notes state the meaning of the registers. */
export const SINGLE_PHASE_IMAGE: ImageLiteral<InverterPoint> = {
  base: 0,
  serialTail: 55,
  unitIdAt: 68,
  text: `
  5375 6E53                                # "SunS"
  0001 0042                                # model 1 at 2, L = 66
  4465 6D6F 2050 6F77 6572 0000*11         # Mn = "Demo Power"
  4450 2D35 5300 0000*13                   # Md = "DP-5S"
  5769 4669 0000*6                         # Opt = "WiFi"
  332E 3200 0000*6                         # Vr = "3.2"
  4450 3553 2D41 3030 3031 0000*11         # SN = "DP5S-A0001"
  007E                                     # DA = 126
  8000                                     # pad
  0065 0032                                # model 101 at 70, L = 50
  05F3 05F3 FFFF FFFF FFFE                 # A = 15.23, AphA = 15.23, AphB = null, AphC = null, A_SF = -2
  FFFF FFFF FFFF                           # PPVphAB = null, PPVphBC = null, PPVphCA = null
  0909 FFFF FFFF FFFF                      # PhVphA = 231.3, PhVphB = null, PhVphC = null, V_SF = -1
  0DBB 0000                                # W = 3515, W_SF = 0
  1386 FFFE                                # Hz = 49.98, Hz_SF = -2
  0DC2 0000                                # VA = 3522, VA_SF = 0
  FF24 0000                                # VAr = -220, VAr_SF = 0
  03E6 FFFF                                # PF = 99.8, PF_SF = -1
  0000 492E 0003                           # WH = 18734000, WH_SF = 3
  03A7 FFFE                                # DCA = 9.35, DCA_SF = -2
  0F24 FFFF                                # DCV = 387.6, DCV_SF = -1
  0E28 0000                                # DCW = 3624, DCW_SF = 0
  0026 8000 8000 FFF9 0000                 # TmpCab = 38, TmpSnk = null, TmpTrns = null, TmpOt = -7, Tmp_SF = 0
  0004 0102                                # St = 4, StVnd = 258
  0000 0000 0000 0000                      # Evt1 = 0, Evt2 = 0
  0000 0005 FFFF FFFF                      # EvtVnd1 = 5, EvtVnd2 = null
  FFFF FFFF FFFF FFFF                      # EvtVnd3 = null, EvtVnd4 = null
  FA6E 0006                                # model 64110 at 122, L = 6
  0001 0102 DEAD BEEF 8000 FFFF            # vendor-specific
  FFFF 0000                                # the end
`,
  cells: {
    A: u16(72, -2),
    AphA: u16(73, -2),
    PhVphA: u16(80, -1),
    W: i16(84),
    Hz: u16(86, -2),
    VA: i16(88),
    VAr: i16(90),
    PF: i16(92, -1),
    WH: u32(94, 3),
    DCA: u16(97, -2),
    DCV: u16(99, -1),
    DCW: i16(101),
    TmpCab: i16(103),
    St: u16(108),
  },
};
