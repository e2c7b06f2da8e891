/** What a shell knows between two commands: variables, functions, options, where it is. A subshell has a copy of it. */
import { type Speech, speechOf } from "./speech.ts";
import type { Command } from "./syntax.ts";

export interface ShellOptions {
  /** `set -e`: ends where a command fails. */
  readonly errexit: boolean;
  /** `set -u`: a parameter that is not set is a fault. */
  readonly nounset: boolean;
  /** `set -x`: prints each command. */
  readonly xtrace: boolean;
  /** A pipeline fails with any of its commands. */
  readonly pipefail: boolean;
}

/** A command in the background. */
export interface Job {
  readonly id: number;
  readonly ended: Promise<number>;
  stop(): void;
}

export class ShellState {
  readonly variables: Map<string, string>;
  /** By index, or by key; of these `associative` has the names. */
  readonly arrays = new Map<string, Map<string, string>>();
  readonly associative = new Set<string>();
  readonly exported: Set<string>;
  readonly functions: Map<string, Command>;
  readonly traps: Map<string, string>;
  readonly jobs: Map<number, Job>;
  /** The signals that have come and whose trap has not been run yet. */
  readonly caught: string[] = [];
  /** Called when one comes. */
  wakeUp = () => {};
  options: ShellOptions = { errexit: false, nounset: false, xtrace: false, pipefail: false };
  /** `$1`, `$2`, … */
  args: readonly string[];
  readonly name: string;
  cwd: string;
  /** `$?` */
  status = 0;
  /** `$!` */
  lastJob = 0;
  /** Where `getopts` is within a word such as `-abc`; 0 at its beginning. */
  optionAt = 0;
  /** What the variables were that a function has made its own, of each function that is running. */
  readonly #outer: Map<string, string | undefined>[] = [];

  readonly speech: Speech;

  constructor(
    env: Readonly<Record<string, string>>,
    cwd: string,
    name = "sh",
    args: readonly string[] = [],
    speech = speechOf("ash", name, false),
  ) {
    this.speech = speech;
    this.variables = new Map(Object.entries(env));
    this.exported = new Set(Object.keys(env));
    this.functions = new Map();
    this.traps = new Map();
    this.jobs = new Map();
    this.cwd = cwd;
    this.name = name;
    this.args = args;
    this.variables.set("PWD", cwd);
    if (!this.variables.has("IFS")) this.variables.set("IFS", " \t\n");
  }

  /** For a subshell: what it changes is its own. It has no traps and no jobs. */
  copy(): ShellState {
    const copy = new ShellState({}, this.cwd, this.name, this.args, this.speech);
    for (const [name, value] of this.variables) copy.variables.set(name, value);
    for (const [name, array] of this.arrays) copy.arrays.set(name, new Map(array));
    for (const name of this.associative) copy.associative.add(name);
    for (const name of this.exported) copy.exported.add(name);
    for (const [name, body] of this.functions) copy.functions.set(name, body);
    copy.options = this.options;
    copy.status = this.status;
    copy.lastJob = this.lastJob;
    return copy;
  }

  /** A signal has come that has a trap. */
  catch(signal: string): void {
    this.caught.push(signal);
    this.wakeUp();
  }

  /** What a program that is started finds in its environment. */
  environment(): Record<string, string> {
    const env: Record<string, string> = {};
    for (const name of this.exported) {
      const value = this.variables.get(name);
      if (value !== undefined) env[name] = value;
    }
    return env;
  }

  /** The value of a parameter; undefined where it is not set. `$@` and `$*` are the expansion's. */
  get(name: string): string | undefined {
    switch (name) {
      case "?":
        return String(this.status);
      case "#":
        return String(this.args.length);
      case "$":
        // As in a container, where the shell is rarely the first process.
        return "7";
      case "!":
        return this.lastJob === 0 ? "" : String(this.lastJob);
      case "RANDOM":
        return String(Math.floor(Math.random() * 32_768));
      case "-":
        return this.options.errexit ? "e" : "";
      case "0":
        return this.name;
      default:
        return /^\d+$/.test(name)
          ? this.args[Number(name) - 1]
          : (this.variables.get(name) ?? this.arrays.get(name)?.get("0"));
    }
  }

  /** The elements by their keys, in order. A plain variable is an array of one. */
  entriesOf(name: string): [string, string][] {
    const array = this.arrays.get(name);
    if (!array) {
      const value = this.variables.get(name);
      return value === undefined ? [] : [["0", value]];
    }
    const entries = [...array];
    return this.associative.has(name)
      ? entries
      : entries.sort(([one], [other]) => Number(one) - Number(other));
  }

  setArray(name: string, values: readonly string[], isAssociative = false): void {
    this.variables.delete(name);
    this.arrays.set(name, new Map(values.map((value, i) => [String(i), value])));
    if (isAssociative) this.associative.add(name);
    else this.associative.delete(name);
  }

  setElement(name: string, key: string, value: string): void {
    const array = this.arrays.get(name) ?? new Map<string, string>(this.entriesOf(name));
    this.arrays.set(name, array.set(key, value));
    this.variables.delete(name);
  }

  unset(name: string): void {
    this.variables.delete(name);
    this.arrays.delete(name);
    this.associative.delete(name);
    this.exported.delete(name);
  }

  /** Of the function that is running. */
  makeLocal(name: string): void {
    const outer = this.#outer.at(-1);
    if (!outer || outer.has(name)) return;
    outer.set(name, this.variables.get(name));
  }

  enterFunction(): void {
    this.#outer.push(new Map());
  }

  leaveFunction(): void {
    for (const [name, value] of this.#outer.pop() ?? []) {
      this.arrays.delete(name);
      if (value === undefined) this.variables.delete(name);
      else this.variables.set(name, value);
    }
  }

  set(name: string, value: string): void {
    if (this.arrays.has(name)) this.setElement(name, "0", value);
    else this.variables.set(name, value);
  }
}
