/**
 * The stage on which a demo plays: it prints what is said, declared, done by controllers and seen, and keeps count of the
 * claims. A demo says what should be true with `claim`; one claim that fails makes the whole run fail.
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import chalk from "chalk";
import Table from "cli-table3";
import type { Cluster, Moment } from "k4s";

export interface Demo {
  readonly title: string;
  /** What the parts are and who talks to whom, drawn with letters. */
  readonly picture: string;
  /** The manifest, in yaml/. */
  readonly manifest: string;
  play(cluster: Cluster, stage: Stage): Promise<void>;
}

const manifests = new URL("../yaml/", import.meta.url);

export class Stage {
  readonly #cluster: Cluster;
  readonly #waitForEnter: boolean;
  #toldUpTo = 0;
  /** The claims that turned out false. */
  readonly failures: string[] = [];

  constructor(cluster: Cluster, { step }: { step: boolean }) {
    this.#cluster = cluster;
    this.#waitForEnter = step;
    this.#toldUpTo = cluster.revision;
  }

  say(text: string): void {
    console.log(chalk.white(text));
  }

  /** A new step: a heading, and with --step a wait for Enter. */
  async step(heading: string): Promise<void> {
    console.log(`\n${chalk.bold.cyan("▸")} ${chalk.bold(heading)}`);
    if (!this.#waitForEnter) return;
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    await terminal.question(chalk.dim("  Enter to go on … "));
    terminal.close();
  }

  /** Shows a manifest of yaml/ and applies it. */
  async apply(file: string): Promise<void> {
    const url = new URL(file, manifests);
    const text = await readFile(url, "utf8");
    console.log(chalk.dim(`  yaml/${file}`));
    for (const line of text.trimEnd().split("\n")) console.log(`  ${chalk.gray("│")} ${colourOfYaml(line)}`);
    await this.#cluster.applyFile(url);
  }

  /** Waits for a condition, then tells what the controllers did to bring it about. */
  async until(what: string, condition: Promise<unknown>): Promise<void> {
    await condition;
    this.controllers();
    console.log(chalk.dim(`  … until ${what}`));
  }

  /** What every actor wrote since this was last told, a line each; many alike are one line. */
  controllers(): void {
    const told = new Map<string, { line: string; times: number }>();
    for (const moment of this.#cluster.timeline({ after: this.#toldUpTo })) {
      this.#toldUpTo = moment.revision;
      if (moment.key.kind === "Event" || moment.actor === "user") continue;
      const line = lineOf(moment);
      const alike = line.replaceAll(/\d+/g, "");
      told.set(alike, { line: told.get(alike)?.line ?? line, times: (told.get(alike)?.times ?? 0) + 1 });
    }
    for (const { line, times } of told.values())
      console.log(`  ${line}${times > 1 ? chalk.dim(`  (and ${times - 1} more like it)`) : ""}`);
  }

  message(from: string, to: string, body: unknown): void {
    console.log(`  ${chalk.magenta(from)} ${chalk.dim("──▶")} ${chalk.magenta(to)}  ${inOneLine(body)}`);
  }

  /** What `kubectl get` would show. */
  async table(kind: string): Promise<void> {
    const { columns, rows } = await this.#cluster.table(kind);
    const style = { head: [], border: [], compact: true };
    const table = new Table({ head: columns.map(column => chalk.bold(column)), style, chars: plain });
    for (const row of rows) table.push(row.map(cell => colourOfCell(String(cell))));
    for (const line of table.toString().split("\n")) console.log(`  ${line}`);
  }

  /** A bar for each, as long as its number. */
  bars(numbers: ReadonlyMap<string, number>): void {
    const most = Math.max(1, ...numbers.values());
    const width = Math.max(...[...numbers.keys()].map(name => name.length));
    for (const [name, number] of [...numbers].sort())
      console.log(
        `  ${name.padEnd(width)} ${chalk.green("█".repeat(Math.round((number / most) * 40)))} ${number}`,
      );
  }

  /** Says what must be true now. */
  claim(text: string, holds: boolean, seen?: unknown): void {
    console.log(
      `  ${holds ? chalk.green("✔") : chalk.red("✘")} ${text}${holds ? "" : chalk.red(`: saw ${inOneLine(seen)}`)}`,
    );
    if (!holds) this.failures.push(text);
  }
}

/** No frame: columns apart by blanks, as kubectl prints them. */
const plain = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map(place => [place, ""]),
);

function lineOf({ actor, verb, key, differences }: Moment): string {
  const [first = "", second, ...more] = differences;
  const what = [first, ...(second ? [second] : []), ...(more.length > 0 ? ["…"] : [])].join(", ");
  return `${chalk.yellow(actor.padEnd(22))} ${verb} ${key.kind} ${chalk.bold(key.name)} ${chalk.dim(what)}`;
}

function colourOfYaml(line: string): string {
  return line.replace(
    /^(\s*(?:- )?)([\w.]+)(:)/,
    (_, indent, key, colon) => `${indent}${chalk.blue(key)}${colon}`,
  );
}

function colourOfCell(cell: string): string {
  if (/^(Running|Completed|Ready|True|true)$/.test(cell)) return chalk.green(cell);
  if (/(Error|BackOff|Killed|Failed|False|false)$/.test(cell)) return chalk.red(cell);
  return cell;
}

function inOneLine(value: unknown): string {
  const text =
    value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? String(value));
  return text.length > 90 ? `${text.slice(0, 89)}…` : text;
}
