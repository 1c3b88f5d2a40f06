/**
 * A weather station with models 302 to 307: repeating blocks of two pyranometers
 * and three back-of-module sensors, an inclinometer, GPS and a reference cell.
 *
 * @module
 */

import { i16, u16 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { WeatherPoint } from "../devices/weather.ts";

/** The image; the notes state the meaning of the registers. */
export const WEATHER_IMAGE: ImageLiteral<WeatherPoint> = {
  base: 50000,
  serialTail: 50055,
  unitIdAt: 50068,
  text: `
  5375 6E53                                       # "SunS"
  0001 0041                                       # model 1 at 50002, L = 65
  4465 6D6F 2057 6561 7468 6572 0000*10           # Mn = "Demo Weather"
  4457 2D35 0000*14                               # Md = "DW-5"
  0000*8                                          # Opt = null
  312E 3034 0000*6                                # Vr = "1.04"
  4457 352D 5730 3030 3031 0000*11                # SN = "DW5-W00001"
  0029                                            # DA = 41
  0133 000B                                       # model 307 at 50069, L = 11
  00D6 002F 03F5 0003 00F5 0000 8000 0000         # TmpAmb = 21.4, RH = 47, Pres = 1013, WndSpd = 3, WndDir = 245, Rain = 0, Snw = null, PPT = 0
  8000 8000 8000                                  # ElecFld = null, SurWet = null, SoilWet = null
  012E 000A                                       # model 302 at 50082, L = 10
  02E6 032B 007A 02B2 FFFF                        # repeating[0]: GHI = 742, POAI = 811, DFI = 122, DNI = 690, OTI = null
  02E3 FFFF FFFF FFFF 0325                        # repeating[1]: GHI = 739, POAI = null, DFI = null, DNI = null, OTI = 805
  012F 0003                                       # model 303 at 50094, L = 3
  01B0                                            # temp[0]: TmpBOM = 43.2
  01B9                                            # temp[1]: TmpBOM = 44.1
  8000                                            # temp[2]: TmpBOM = null
  0130 0006                                       # model 304 at 50099, L = 6
  0000 0BD1 FFFF FFCE 8000 0000                   # incl[0]: Inclx = 30.25, Incly = -0.5, Inclz = null
  0131 0024                                       # model 305 at 50107, L = 36
  3130 3135 3032 2E30 3030 5A00                   # Tm = "101502.000Z"
  3230 3236 3036 3231                             # Date = "20260621"
  4465 6D6F 2070 6C61 6E74 2C20 726F 6F66 0000*12 # Loc = "Demo plant, roof"
  1C9B 97D8 04AE 2690 0000 0116                   # Lat = 47.9959, Long = 7.8522, Alt = 278
  0132 0004                                       # model 306 at 50145, L = 4
  03E8 0008 001F 0019                             # GHI = 1000, A = 8, V = 31, Tmp = 25
  FFFF 0000                                       # the end
`,
  cells: {
    TmpAmb: i16(50071, -1),
    RH: i16(50072),
    Pres: i16(50073),
    WndSpd: i16(50074),
    WndDir: i16(50075),
    "repeating[0].GHI": u16(50084),
    "repeating[0].POAI": u16(50085),
    "repeating[0].DFI": u16(50086),
    "repeating[0].DNI": u16(50087),
    "repeating[1].GHI": u16(50089),
    "repeating[1].OTI": u16(50093),
    "temp[0].TmpBOM": i16(50096, -1),
    "temp[1].TmpBOM": i16(50097, -1),
  },
};
