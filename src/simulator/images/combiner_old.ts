/**
 * A string combiner with the three older models of its family:
 * 401, 402 and 403, two inputs each. Its values do not change.
 *
 * @module
 */

import type { ImageLiteral } from "../literal.ts";

/** The image; the notes state the meaning of the registers. */
export const OLD_COMBINER_IMAGE: ImageLiteral<never> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                    # "SunS"
  0001 0042                                    # model 1 at 40002, L = 66
  4465 6D6F 2043 6F6D 6269 6E65 7200 0000*9    # Mn = "Demo Combiner"
  4443 2D4F 4C44 0000*13                       # Md = "DC-OLD"
  0000*8                                       # Opt = null
  302E 3400 0000*6                             # Vr = "0.4"
  4443 3253 2D4B 3030 3031 0000*11             # SN = "DC2S-K0001"
  0034                                         # DA = 52
  8000                                         # pad
  0191 001E                                    # model 401 at 40070, L = 30
  FFFF 0000 0000 00C8 0002 0000*4              # DCA_SF = -1, DCAhr_SF = 0, DCV_SF = 0, DCAMax = 20, N = 2, Evt = 0, EvtVnd = 0
  009F 0001 57CC 025C 0024                     # DCA = 15.9, DCAhr = 88012, DCV = 604, Tmp = 36
  0001 0000*4 0050 0000 ABE4                   # string[0]: InID = 1, InEvt = 0, InEvtVnd = 0, InDCA = 8, InDCAhr = 44004
  0002 0000*4 004F 0000 ABE8                   # string[1]: InID = 2, InEvt = 0, InEvtVnd = 0, InDCA = 7.9, InDCAhr = 44008
  0192 0030                                    # model 402 at 40102, L = 48
  FFFF 0000 0000 0001 0002 0014 0002 0000 0000 # DCA_SF = -1, DCAhr_SF = 0, DCV_SF = 0, DCW_SF = 1, DCWh_SF = 2, DCAMax = 20, N = 2, Evt = 0
  0000 0000 009F 0001 57CC 025C 0024 03C0 0060 # EvtVnd = 0, DCA = 15.9, DCAhr = 88012, DCV = 604, Tmp = 36, DCW = 9600, DCPR = 96
  0008 1A38                                    # DCWh = 53100000
  0001 0000*4 0050 0000 ABE4 025C              # string[0]: InID = 1, InEvt = 0, EvtVnd = 0, InDCA = 8, InDCAhr = 44004, InDCV = 604
  0030 0000 67E8 0060 0014                     # InDCW = 4800, InDCWh = 26600, InDCPR = 96, InN = 20
  0002 0000*4 004F 0000 ABE8 025C              # string[1]: InID = 2, InEvt = 0, EvtVnd = 0, InDCA = 7.9, InDCAhr = 44008, InDCV = 604
  0030 0000 6784 005F 0014                     # InDCW = 4800, InDCWh = 26500, InDCPR = 95, InN = 20
  0193 0020                                    # model 403 at 40152, L = 32
  FFFF 0000 0000 00C8 0002 0000*4              # DCA_SF = -1, DCAhr_SF = 0, DCV_SF = 0, DCAMax = 20, N = 2, Evt = 0, EvtVnd = 0
  009F 0001 57CC 025C 0024 FFFF 0000           # DCA = 15.9, DCAhr = 88012, DCV = 604, Tmp = 36, InDCA_SF = -1, InDCAhr_SF = 0
  0001 0000*4 0050 0000 ABE4                   # string[0]: InID = 1, InEvt = 0, InEvtVnd = 0, InDCA = 8, InDCAhr = 44004
  0002 0000*4 004F 0000 ABE8                   # string[1]: InID = 2, InEvt = 0, InEvtVnd = 0, InDCA = 7.9, InDCAhr = 44008
  FFFF 0000                                    # the end
`,
  cells: {},
};
