/**
 * `npm run bench`: measures k4s beside the peers and the raw limits, one row after another, each in a process of its
 * own; prints the tables and says which rows fall short.
 *
 *   npm run bench                     the rows that have a goal, in about thirteen minutes
 *   npm run bench -- --full           all rows with all their rounds; writes docs/benchmarks.md
 *   npm run bench -- messages         one part, or one row by its name
 *   npm run bench -- --list           the rows and their goals
 *   npm run bench -- --quick          fewer and shorter rounds, to see that all of it runs
 *   npm run bench -- request-64 --profile   the same with k4s's side profiled, and where its time went
 *   npm run bench -- --strict         exit code 1 where a row falls short
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../src/errors/index.ts";
import { runBuilt } from "./alone.ts";
import { catalogue } from "./catalogue.ts";
import { describeMachine } from "./machine.ts";
import { secondsOf } from "./pace.ts";
import { prepare } from "./prepare.ts";
import { writePage } from "./report.ts";
import { parts, type Row, type RowResult } from "./row.ts";
import { judge } from "./statistics.ts";
import { boundText, goalText, tableOf } from "./table.ts";

const usage =
  "npm run bench [-- PART|ROW... --list --quick --full --strict --profile]: what each does is in bench/README.md";

const { values: options, positionals: wanted } = given();

if (options.help) {
  console.log(usage);
  process.exit();
}

// The reader may stop reading: `npm run bench -- --list | head`.
process.stdout.on("error", () => process.exit());

if (options.full && options.quick) {
  console.error("--full and --quick: which of them?");
  process.exit(2);
}

const rows = chosenRows(wanted);
if (options.list) list(rows);
else await run(rows);

function given() {
  const flags = ["help", "list", "quick", "full", "strict", "profile"] as const;
  type Flags = Record<(typeof flags)[number], { readonly type: "boolean" }>;
  try {
    const of = Object.fromEntries(flags.map(flag => [flag, { type: "boolean" }])) as Flags;
    return parseArgs({ allowPositionals: true, options: of });
  } catch (error) {
    console.error(`${messageOf(error)}\n${usage}`);
    process.exit(2);
  }
}

function chosenRows(names: readonly string[]): readonly Row[] {
  const unknown = names.find(name => !catalogue.some(row => row.id === name || row.part === name));
  if (unknown !== undefined) {
    console.error(
      `There is no part and no row called "${unknown}". Parts: ${parts.join(", ")}. Rows: see --list.`,
    );
    process.exit(2);
  }
  return names.length === 0
    ? catalogue.filter(row => options.full || options.quick || options.list || row.goals.length > 0)
    : catalogue.filter(row => names.includes(row.id) || names.includes(row.part));
}

function list(chosen: readonly Row[]): void {
  for (const row of chosen) {
    const goals = row.goals.map(goal => boundText(row, goal)).join("; ");
    console.log(
      `${row.part.padEnd(14)}${row.id.padEnd(28)}${row.title}${goals && `\n${" ".repeat(42)}${goals}`}`,
    );
  }
}

async function run(chosen: readonly Row[]): Promise<void> {
  await prepare();
  const machine = describeMachine();
  const expected = chosen.reduce((sum, row) => sum + secondsOf(row), 0);
  console.log(`${machine}\n${chosen.length} rows, in about ${minutesText(expected)} on two free cores.\n`);
  const began = performance.now();
  const results: { row: Row; result: RowResult }[] = [];
  for (const row of chosen) {
    const rowBegan = performance.now();
    const result = await measureApart(row);
    results.push({ row, result });
    const seconds = (performance.now() - rowBegan) / 1_000;
    console.log(
      `${tableOf(row, result)}\n  (${seconds.toFixed(0)} s, expected ${secondsOf(row).toFixed(0)})\n`,
    );
  }
  const short = results.flatMap(({ row, result }) =>
    judge(row, result.outcomes)
      .filter(verdict => !verdict.isReached)
      .map(verdict => `  ${row.id}: ${goalText(row, verdict)}`),
  );
  console.log(`${chosen.length} rows in ${minutesText((performance.now() - began) / 1_000)}.`);
  console.log(short.length === 0 ? "Every goal was reached." : `Short of their goal:\n${short.join("\n")}`);
  const isWhole = chosen.length === catalogue.length && options.full && !options.profile;
  if (isWhole) console.log(`Written: ${writePage(results, machine)}`);
  if (options.strict && short.length > 0) process.exitCode = 1;
}

function minutesText(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} minutes`;
}

/** Runs one row in its own process and reads what it measured. */
async function measureApart(row: Row): Promise<RowResult> {
  const folder = mkdtempSync(join(tmpdir(), "k4s-bench-"));
  const out = join(folder, "result.json");
  try {
    const code = await runBuilt(row.id, ["--out", out, ...(options.profile ? ["--profile"] : [])]);
    if (code !== 0) throw new Error(`The row ${row.id} ended with exit code ${code}.`);
    return JSON.parse(readFileSync(out, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
