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
        return /^\d+$/.test(name) ? this.args[Number(name) - 1] : this.variables.get(name);
    }
  }

  set(name: string, value: string): void {
    this.variables.set(name, value);
  }
}
