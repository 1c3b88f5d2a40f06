/**
 * A small weather station: four values in one model (308).
 *
 * @module
 */

import { i16, u16 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { MiniWeatherPoint } from "../devices/weather.ts";

/** The image; the notes state the meaning of the registers. */
export const MINI_WEATHER_IMAGE: ImageLiteral<MiniWeatherPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                             # "SunS"
  0001 0042                             # model 1 at 40002, L = 66
  4465 6D6F 2057 6561 7468 6572 0000*10 # Mn = "Demo Weather"
  4457 2D4D 494E 4900 0000*12           # Md = "DW-MINI"
  0000*8                                # Opt = null
  312E 3034 0000*6                      # Vr = "1.04"
  4457 4D31 2D57 3030 3031 0000*11      # SN = "DWM1-W0001"
  0001                                  # DA = 1
  8000                                  # pad
  0134 0004                             # model 308 at 40070, L = 4
  02E6 01B0 00D6 0003                   # GHI = 742, TmpBOM = 43.2, TmpAmb = 21.4, WndSpd = 3
  FFFF 0000                             # the end
`,
  cells: {
    GHI: u16(40072),
    TmpBOM: i16(40073, -1),
    TmpAmb: i16(40074, -1),
    WndSpd: u16(40075),
  },
};
