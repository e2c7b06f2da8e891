/** Writes docs/benchmarks.md and its plots from what a whole run measured. The page is never edited by hand. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./places.ts";
import { svgOf } from "./plot.ts";
import type { Row, RowResult } from "./row.ts";
import { judge, median, spread } from "./statistics.ts";
import { boundText, formatNumber, goalText } from "./table.ts";

interface Measured {
  readonly row: Row;
  readonly result: RowResult;
}

const headings = {
  messages: "Messages",
  fairness: "Fairness",
  starting: "Starting",
  "control-plane": "The control plane",
  network: "Ordinary programs",
  server: "The API server",
  growth: "How cost grows",
} as const satisfies Record<Row["part"], string>;

/** Resolves to the path of the page, as a person would name it. */
export function writePage(measured: readonly Measured[], machine: string): string {
  const plots = join(root, "docs", "plots");
  mkdirSync(plots, { recursive: true });
  for (const { row, result } of measured) {
    if (row.points) writeFileSync(join(plots, `${row.id}.svg`), plotOf(row, result));
  }
  const page = join(root, "docs", "benchmarks.md");
  writeFileSync(page, pageOf(measured, machine));
  return "docs/benchmarks.md";
}

function pageOf(measured: readonly Measured[], machine: string): string {
  return [
    "# Benchmarks",
    "",
    "Written by `npm run bench -- --full`; do not edit. Every side runs in a process of its own; the sides take turns, round by",
    "round, and a number is the median of a side's rounds. `±` is half of the distance between the best and the worst",
    "round. Read the ratios: they travel from machine to machine, the numbers do not. Each row is a program:",
    "`npx tsx bench/rows/request-64.ts`. [performance.md](performance.md) says where the time goes.",
    "",
    `Measured on ${new Date().toISOString().slice(0, 10)} with ${machine}.`,
    "",
    "## What is to be reached, and what is",
    "",
    "| row | k4s | beside it | goal | |",
    "|---|---:|---:|---|---|",
    ...measured.flatMap(summaryLines),
    "",
    ...Object.entries(headings).flatMap(([part, heading]) => [
      `## ${heading}`,
      "",
      ...measured.filter(({ row }) => row.part === part).flatMap(sectionOf),
    ]),
  ].join("\n");
}

/** One line a goal: what k4s measured, the ratio, the goal, and whether it is reached. */
function summaryLines({ row, result }: Measured): string[] {
  const ours = [...row.sides.keys()][0];
  const mine = median(result.outcomes.find(outcome => outcome.side === ours)?.values ?? []);
  return judge(row, result.outcomes).map(verdict => {
    const ratio = verdict.goal.of ? `${formatNumber(verdict.value)} × ${verdict.against ?? "–"}` : "";
    const mark = verdict.isReached ? "reached" : "**short**";
    return `| ${row.title} | ${formatNumber(mine)} ${row.unit} | ${ratio} | ${boundText(row, verdict.goal)} | ${mark} |`;
  });
}

function sectionOf({ row, result }: Measured): string[] {
  const table = row.points ? curveTable(row, row.points.label, result) : sideTable(row, result);
  return [
    `### ${row.title}`,
    "",
    ...(row.points ? [`![${row.title}](plots/${row.id}.svg)`, ""] : []),
    ...table,
    "",
    ...(row.note ? [row.note, ""] : []),
    ...judge(row, result.outcomes).map(
      verdict => `- ${verdict.isReached ? "Reached" : "**Short**"}: ${goalText(row, verdict)}`,
    ),
    ...(row.goals.length > 0 ? [""] : []),
  ];
}

function sideTable(row: Row, result: RowResult): string[] {
  const ours = [...row.sides.keys()][0];
  const mine = median(result.outcomes.find(outcome => outcome.side === ours)?.values ?? []);
  return [
    `| | ${row.unit} | ± | k4s beside it |`,
    "|---|---:|---:|---:|",
    ...result.outcomes.map(({ side, values, failure }) => {
      if (failure !== undefined) return `| ${side} | failed | | |`;
      const ratio = side === ours ? "" : `${formatNumber(mine / median(values))} ×`;
      return `| ${side} | ${formatNumber(median(values))} | ${percent(values)} | ${ratio} |`;
    }),
  ];
}

function curveTable(row: Row, label: string, result: RowResult): string[] {
  const sides = [...row.sides.keys()];
  const points = [...new Set(result.outcomes.map(outcome => outcome.at))];
  const at = (side: string, point: number) =>
    result.outcomes.find(outcome => outcome.side === side && outcome.at === point)?.values ?? [];
  return [
    `| ${label} | ${sides.map(side => `${side}, ${row.unit}`).join(" | ")} |`,
    `|---:|${sides.map(() => "---:|").join("")}`,
    ...points.map(
      point =>
        `| ${formatNumber(point)} | ${sides.map(side => formatNumber(median(at(side, point)))).join(" | ")} |`,
    ),
  ];
}

function plotOf(row: Row, result: RowResult): string {
  return svgOf({
    title: row.title,
    xLabel: row.points?.label ?? "",
    yLabel: row.unit,
    lines: [...row.sides.keys()].map(name => ({
      name,
      points: result.outcomes
        .filter(outcome => outcome.side === name && outcome.values.length > 0)
        .map(outcome => ({ x: outcome.at, y: median(outcome.values) })),
    })),
  });
}

function percent(values: readonly number[]): string {
  return `${(spread(values) * 50).toFixed(0)} %`;
}
