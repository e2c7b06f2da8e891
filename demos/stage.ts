/**
 * The stage on which a demo plays: it prints what is said, declared, done by controllers and seen, and keeps count of the
 * claims. A demo says what should be true with `claim`; one claim that fails makes the whole run fail.
 */
import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import chalk from "chalk";
import Table from "cli-table3";
import type { Cluster, ClusterOptions, Moment, VirtualClock } from "k4s";
import type { Reader } from "./reader.ts";
import { tellingsOf } from "./telling.ts";
import { columns, print } from "./terminal.ts";
import { passing } from "./virtual-time.ts";

export interface Demo {
  readonly title: string;
  /** What the parts are and who talks to whom, drawn with letters. */
  readonly picture: string;
  /** The manifest, in yaml/. */
  readonly manifest: string;
  /** What its cluster has besides the images of workers/. */
  readonly options?: ClusterOptions;
  /** Time passes only where something is waited for, and then at once; containers pretend to run. */
  readonly isVirtual?: boolean;
  play(cluster: Cluster, stage: Stage): Promise<void>;
}

const manifests = new URL("../yaml/", import.meta.url);

export interface StageOptions {
  /** Who watches, and may leave. */
  readonly reader: Reader;
  /** Wait for Enter at each step. */
  readonly step?: boolean;
  /** Print every write of controllers and nodes, and all that it changed. */
  readonly all?: boolean;
  /** The clock of a demo in virtual time. */
  readonly clock?: VirtualClock;
}

export class Stage {
  readonly #cluster: Cluster;
  readonly #options: StageOptions;
  #toldUpTo = 0;
  /** The claims that turned out false. */
  readonly failures: string[] = [];

  constructor(cluster: Cluster, options: StageOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#toldUpTo = cluster.revision;
  }

  say(text: string): void {
    print(chalk.white(text), "  ");
  }

  /** A new step: a heading, and with --step a wait for Enter. */
  async step(heading: string): Promise<void> {
    console.log();
    print(chalk.bold(heading), `${chalk.bold.cyan("▸")} `);
    if (this.#options.step) await this.#options.reader.enter(chalk.dim("  Enter to go on … "));
  }

  /** Shows a manifest of yaml/ and applies it. */
  async apply(file: string): Promise<void> {
    const url = new URL(file, manifests);
    const text = await readFile(url, "utf8");
    console.log(chalk.dim(`  yaml/${file}`));
    for (const line of text.trimEnd().split("\n")) console.log(`  ${chalk.gray("│")} ${colourOfYaml(line)}`);
    await passing(this.#options.clock, this.#cluster.applyFile(url));
  }

  /** Waits for a condition, then tells what the controllers did to bring it about. In virtual time it says how long that took. */
  async until(what: string, condition: Promise<unknown>): Promise<void> {
    const { clock, reader } = this.#options;
    const before = clock?.now() ?? 0;
    await reader.orLeft(passing(clock, condition));
    this.controllers();
    const seconds = clock && Math.round((clock.now() - before) / 1_000);
    print(chalk.dim(`… until ${what}${seconds ? `, ${seconds} s later` : ""}`), "  ");
  }

  /** Virtual time goes by. */
  async pass(seconds: number): Promise<void> {
    const { clock, reader } = this.#options;
    if (!clock) throw new Error("stage.pass is for demos in virtual time");
    await reader.orLeft(clock.advance(seconds * 1_000));
    this.controllers();
    print(chalk.dim(`… ${seconds} s pass`), "  ");
  }

  /** What controllers and nodes did since this was last told: what matters, or with --all every write. */
  controllers(): void {
    const after = this.#toldUpTo;
    this.#toldUpTo = this.#cluster.revision;
    const lines = this.#options.all
      ? this.#cluster
          .timeline({ after })
          .filter(({ actor, key }) => actor !== "user" && key.kind !== "Event")
          .map(lineOf)
      : tellingsOf(this.#cluster.history({ after }));
    for (const { actor, text } of lines) this.wrote(actor, text);
  }

  /** What an actor did. */
  wrote(actor: string, text: string): void {
    print(text, `  ${chalk.yellow(actor.padEnd(actorWidth))} `);
  }

  message(from: string, to: string, body: unknown): void {
    print(inOneLine(body), `  ${chalk.magenta(from)} ${chalk.dim("──▶")} ${chalk.magenta(to)}  `);
  }

  /** What `kubectl get` would show. */
  async table(kind: string): Promise<void> {
    const { columns: heads, rows } = await this.#cluster.table(kind);
    const style = { head: [], border: [], compact: true, "padding-left": 0, "padding-right": apart };
    const colWidths = widthsOf([heads, ...rows.map(row => row.map(String))]);
    const table = new Table({ head: heads.map(head => chalk.bold(head)), style, chars: plain, colWidths });
    for (const row of rows) table.push(row.map(cell => colourOfCell(String(cell))));
    for (const line of table.toString().split("\n")) console.log(`  ${line.trimEnd()}`);
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
    if (this.#options.reader.hasLeft) return;
    const mark = holds ? chalk.green("✔") : chalk.red("✘");
    print(`${text}${holds ? "" : chalk.red(`: saw ${inOneLine(seen)}`)}`, `  ${mark} `);
    if (!holds) this.failures.push(text);
  }
}

/** As wide as the longest actor of the demos. */
const actorWidth = "taint-eviction-controller".length;

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

/** Blanks between two columns of a table. */
const apart = 2;

/** As wide as what stands in each column; where that is too much for the terminal, the widest gives way. */
function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)) + apart);
  const widest = Math.max(...widths);
  const excess = Math.max(0, widths.reduce((sum, width) => sum + width, 0) - columns());
  return widths.map(width => (width === widest ? Math.max(apart + 1, width - excess) : width));
}

function lineOf({ actor, verb, key, differences }: Moment): { actor: string; text: string } {
  return { actor, text: `${verb} ${key.kind} ${chalk.bold(key.name)} ${chalk.dim(differences.join(", "))}` };
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

/** A value as Node prints it, or the first line of what an error says; long ones are cut. */
function inOneLine(value: unknown): string {
  const text =
    value instanceof Error
      ? `${value.name}: ${value.message.replace(/\n.*/s, " …")}`
      : inspect(value, { compact: true, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
