/**
 * A bar chart as SVG. Pure.
 *
 * @module
 */

import { formatNumber } from "../figures.ts";

/** Bars under one heading. */
export interface BarGroup {
  readonly name: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

/** Sizes in pixels. */
const WIDTH = 720;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 60;
const LINE_HEIGHT = 22;
const MARGIN = 12;

/** Colours that differ in brightness too, one per name of a bar. */
const COLOURS = ["#1f77b4", "#ff9f40", "#b5541c", "#7f7f7f", "#2ca02c"];

/** Draws horizontal bars, grouped, all with the same scale. Bars without a finite value are left out. */
export function renderBars(title: string, groups: readonly BarGroup[]): string {
  const max = Math.max(
    ...groups.flatMap(({ bars }) => bars.map(({ value }) => value))
      .filter(Number.isFinite),
  );
  const names = [
    ...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name))),
  ];
  const parts: string[] = [];
  let y = MARGIN + LINE_HEIGHT;
  parts.push(text(MARGIN, y - 6, title, 'font-weight="bold"'));
  for (const group of groups) {
    y += LINE_HEIGHT;
    parts.push(text(MARGIN, y - 6, group.name, 'font-style="italic"'));
    for (const { name, value } of group.bars) {
      if (!Number.isFinite(value)) continue;
      const width = (WIDTH - LABEL_WIDTH - VALUE_WIDTH - MARGIN) * value / max;
      const colour = COLOURS[names.indexOf(name) % COLOURS.length];
      parts.push(
        text(LABEL_WIDTH - 8, y + 15, name, 'text-anchor="end"'),
        `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${width.toFixed(1)}" ` +
          `height="${LINE_HEIGHT - 6}" fill="${colour}"/>`,
        text(LABEL_WIDTH + width + 6, y + 15, formatNumber(value)),
      );
      y += LINE_HEIGHT;
    }
  }
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const start = `<text x="${x.toFixed(1)}" y="${y}" fill="#222222"`;
  return `${start}${attributes === "" ? "" : ` ${attributes}`}>${
    escape(content)
  }</text>`;
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
