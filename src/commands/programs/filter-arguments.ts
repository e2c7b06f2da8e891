/**
 * The arguments of a program of the machine (filters.ts), with the place of each path in the container. What is not known to be a value
 * of an option, or a script, is taken for a path: a path that is not led to its place would name a file of the machine.
 */
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import type { Invocation } from "../program.ts";
import { type ScriptKind, scriptAt } from "./filter-scripts.ts";

export interface ArgumentRules {
  readonly script?: ScriptKind;
  /** For each option the arguments behind it: `v` a value, `p` a path. `-t=v --slurpfile=vp`. */
  readonly options?: string;
}

type ToPlace = (path: string) => string;

/** Throws an Error for a script that asks for what cannot be had, and for a file of one that cannot be read. */
export async function argumentsAt(
  toPlace: ToPlace,
  { args, cwd }: Pick<Invocation, "args" | "cwd">,
  name: string,
  { script, options = "" }: ArgumentRules,
): Promise<string[]> {
  const behind = new Map(options.split(" ").map(rule => rule.split("=") as [string, string]));
  const found = new Arguments(toPlace, args, behind, script);
  if (script === undefined || script === "jq") return found.led;
  const texts = found.scripts.map(({ text, path }) => {
    if (path === undefined) return text;
    return readFile(posix.resolve(cwd, path), "utf8").catch(() => {
      throw new Error(`${name}: can't open file ${path}`);
    });
  });
  if (texts.length === 0) return found.led;
  const whole = scriptAt(script, (await Promise.all(texts)).join("\n"), toPlace);
  // sed takes its script from an option anywhere, awk as its first operand.
  if (script === "sed") return ["-e", whole, ...found.led];
  return [...found.led.slice(0, found.operandsFrom), "--", whole, ...found.led.slice(found.operandsFrom)];
}

/** Long options whose value is a path. */
const pathOption =
  /^(--(?:file|from-file|output|files0-from|temporary-directory|random-source|exclude-from|to-file)=)(.*)$/s;
const joinedOption = /^(-[A-Za-z])(\/.*)$/s;
const scriptOption = /^(-[nErsz]*[ef]|--expression|--file|--source)(?:=?([\s\S]+))?$/;

class Arguments {
  /** Without the scripts of awk and sed. */
  readonly led: string[] = [];
  readonly scripts: { readonly text: string; readonly path?: string }[] = [];
  /** Where in `led` the options are over. */
  operandsFrom = 0;
  readonly #toPlace: ToPlace;
  readonly #behind: ReadonlyMap<string, string>;
  readonly #script: ScriptKind | undefined;
  readonly #queue: string[];
  #hasScript = false;

  constructor(
    toPlace: ToPlace,
    args: readonly string[],
    behind: ReadonlyMap<string, string>,
    script: ScriptKind | undefined,
  ) {
    this.#toPlace = toPlace;
    this.#behind = behind;
    this.#script = script;
    this.#queue = [...args];
    this.#hasScript =
      script === "jq" ? args.some(arg => /^(-[a-zA-Z]*f|--from-file)$/.test(arg)) : script === undefined;
    let areOptions = true;
    for (let arg = this.#queue.shift(); arg !== undefined; arg = this.#queue.shift()) {
      const isOption: boolean = areOptions && arg.startsWith("-") && arg !== "-";
      if (isOption && arg !== "--") this.#option(arg);
      else if (isOption && script !== "awk") this.led.push(arg);
      else if (!isOption) this.#operand(arg);
      // Behind the first operand of awk there are no more.
      areOptions &&= arg !== "--" && (isOption || script !== "awk");
      if (areOptions) this.operandsFrom = this.led.length;
    }
  }

  #option(arg: string): void {
    const isScripted = this.#script === "awk" || this.#script === "sed";
    const [, option, joined] = (isScripted && scriptOption.exec(arg)) || [];
    if (option !== undefined) {
      this.#scriptBehind(option, joined ?? this.#queue.shift() ?? "");
      return;
    }
    const [, start = "", path = ""] = pathOption.exec(arg) ?? joinedOption.exec(arg) ?? [];
    const isPath = start !== "" && this.#behind.get(start) !== "v";
    this.led.push(isPath ? start + this.#toPlace(path) : arg);
    for (const kind of this.#behind.get(arg) ?? "") {
      const value = this.#queue.shift();
      if (value !== undefined) this.led.push(kind === "v" ? value : this.#toPlace(value));
    }
  }

  #scriptBehind(option: string, value: string): void {
    this.#hasScript = true;
    const others = option.startsWith("--") ? "" : option.slice(1, -1);
    if (others !== "") this.led.push(`-${others}`);
    const isFile = option === "--file" || (!option.startsWith("--") && option.endsWith("f"));
    if (isFile && (value === "-" || value === "/dev/stdin")) this.led.push("-f", value);
    else this.scripts.push(isFile ? { text: "", path: value } : { text: value });
  }

  #operand(arg: string): void {
    if (this.#hasScript) {
      // `awk … name=value file`
      const isNoPath = arg === "-" || arg === "" || (this.#script === "awk" && /^[A-Za-z_]\w*=/.test(arg));
      this.led.push(isNoPath ? arg : this.#toPlace(arg));
      return;
    }
    this.#hasScript = true;
    if (this.#script === "jq") this.led.push(arg);
    else this.scripts.push({ text: arg });
  }
}
