/**
 * A string combiner with four inputs, each with current, voltage, power and energy
 * (model 404, the most complete of its family).
 *
 * @module
 */

import { i16, u32 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { CombinerPoint } from "../devices/combiner.ts";

/** The image; the notes state the meaning of the registers. */
export const COMBINER_IMAGE: ImageLiteral<CombinerPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                    # "SunS"
  0001 0042                                    # model 1 at 40002, L = 66
  4465 6D6F 2043 6F6D 6269 6E65 7200 0000*9    # Mn = "Demo Combiner"
  4443 2D34 5300 0000*13                       # Md = "DC-4S"
  0000*8                                       # Opt = null
  302E 3900 0000*6                             # Vr = "0.9"
  4443 3453 2D4B 3030 3031 0000*11             # SN = "DC4S-K0001"
  0033                                         # DA = 51
  8000                                         # pad
  0194 0051                                    # model 404 at 40070, L = 81
  FFFE 0000 FFFF 0001 0003 1770 0004 0000 0000 # DCA_SF = -2, DCAhr_SF = 0, DCV_SF = -1, DCW_SF = 1, DCWh_SF = 3, DCAMax = 60, N = 4, Evt = 0
  0000 0000 0C92 0000 DE1C 17ED 0027 07B2 0061 # EvtVnd = 0, DCA = 32.18, DCAhr = 56860, DCV = 612.5, Tmp = 39, DCW = 19700, DCPR = 97
  0000 87F6 FFFE 0000 FFFF 0001 0003           # DCWh = 34806000, InDCA_SF = -2, InDCAhr_SF = 0, InDCV_SF = -1, InDCW_SF = 1, InDCWh_SF = 3
  0001 0000*4 032C 0000 3778 17ED              # string[0]: InID = 1, InEvt = 0, InEvtVnd = 0, InDCA = 8.12, InDCAhr = 14200, InDCV = 612.5
  01F1 0000 21FC 0061 0016                     # InDCW = 4970, InDCWh = 8700000, InDCPR = 97, InN = 22
  0002 0000*4 0327 0000 3782 17ED              # string[1]: InID = 2, InEvt = 0, InEvtVnd = 0, InDCA = 8.07, InDCAhr = 14210, InDCV = 612.5
  01EE 0000 21FD 0061 0016                     # InDCW = 4940, InDCWh = 8701000, InDCPR = 97, InN = 22
  0003 0000*4 0322 0000 378C 17ED              # string[2]: InID = 3, InEvt = 0, InEvtVnd = 0, InDCA = 8.02, InDCAhr = 14220, InDCV = 612.5
  01EB 0000 21FE 0061 0016                     # InDCW = 4910, InDCWh = 8702000, InDCPR = 97, InN = 22
  0004 0000*4 031D 0000 3796 17ED              # string[3]: InID = 4, InEvt = 0, InEvtVnd = 0, InDCA = 7.97, InDCAhr = 14230, InDCV = 612.5
  01E8 0000 21FF 0061 0016                     # InDCW = 4880, InDCWh = 8703000, InDCPR = 97, InN = 22
  FFFF 0000                                    # the end
`,
  cells: {
    DCA: i16(40083, -2),
    DCV: i16(40086, -1),
    Tmp: i16(40087),
    DCW: i16(40088, 1),
    DCWh: u32(40090, 3),
    "string[0].InDCA": i16(40102, -2),
    "string[0].InDCV": i16(40105, -1),
    "string[0].InDCW": i16(40106, 1),
    "string[0].InDCWh": u32(40107, 3),
    "string[1].InDCA": i16(40116, -2),
    "string[1].InDCV": i16(40119, -1),
    "string[1].InDCW": i16(40120, 1),
    "string[1].InDCWh": u32(40121, 3),
    "string[2].InDCA": i16(40130, -2),
    "string[2].InDCV": i16(40133, -1),
    "string[2].InDCW": i16(40134, 1),
    "string[2].InDCWh": u32(40135, 3),
    "string[3].InDCA": i16(40144, -2),
    "string[3].InDCV": i16(40147, -1),
    "string[3].InDCW": i16(40148, 1),
    "string[3].InDCWh": u32(40149, 3),
  },
};
