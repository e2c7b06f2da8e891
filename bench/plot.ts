/**
 * Small plots as SVG, made by hand: both axes logarithmic, a line a side, values at the ends of each line. They are
 * readable on a white and on a dark page, because all that is not a line is grey.
 */

interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
}

const width = 640;
const height = 360;
const frame = { left: 76, right: 150, top: 40, bottom: 48 };
const colours = ["#2563eb", "#d97706", "#059669", "#9333ea"];

export function svgOf(plot: Plot): string {
  const points = plot.lines.flatMap(line => line.points);
  const x = logScale(
    points.map(point => point.x),
    frame.left,
    width - frame.right,
  );
  const y = logScale(
    points.map(point => point.y),
    height - frame.bottom,
    frame.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    text(frame.left, 20, plot.title, `font-size="14" fill="#6b7280"`),
    ...y.ticks.map(tick => gridLine(frame.left, y.at(tick), width - frame.right, y.at(tick))),
    ...y.ticks.map(tick =>
      text(frame.left - 8, y.at(tick) + 4, short(tick), `text-anchor="end" fill="#6b7280"`),
    ),
    ...xTicks(plot.lines).map(tick =>
      text(x.at(tick), height - frame.bottom + 18, short(tick), `text-anchor="middle" fill="#6b7280"`),
    ),
    text(
      (frame.left + width - frame.right) / 2,
      height - 10,
      plot.xLabel,
      `text-anchor="middle" fill="#6b7280"`,
    ),
    text(frame.left - 8, frame.top - 8, plot.yLabel, `text-anchor="end" fill="#6b7280"`),
    ...plot.lines.map((line, n) => drawn(line, colours[n % colours.length] ?? "#000", x.at, y.at)),
    "</svg>",
    "",
  ].join("\n");
}

interface Scale {
  /** Where a value lies, in pixels. */
  readonly at: (value: number) => number;
  /** The powers of ten within. */
  readonly ticks: readonly number[];
}

/** From the power of ten below the least value to the one above the greatest. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const positive = values.filter(value => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))));
  const at = (value: number) =>
    from + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (to - from);
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n)) };
}

function xTicks(lines: readonly Line[]): number[] {
  return [...new Set(lines.flatMap(line => line.points.map(point => point.x)))];
}

function drawn(line: Line, colour: string, x: (v: number) => number, y: (v: number) => number): string {
  const last = line.points.at(-1);
  if (!last) return "";
  const path = line.points.map(point => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(" ");
  const dots = line.points.map(
    point => `<circle cx="${x(point.x).toFixed(1)}" cy="${y(point.y).toFixed(1)}" r="3" fill="${colour}"/>`,
  );
  const label = text(x(last.x) + 8, y(last.y) + 4, `${line.name} ${short(last.y)}`, `fill="${colour}"`);
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}${label}`;
}

function gridLine(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" stroke="#9ca3af" stroke-opacity="0.35"/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`;
}

/** 1500 as "1.5k". */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(2)));
}
