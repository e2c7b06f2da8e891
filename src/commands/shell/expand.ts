/** Words become what commands get: parameters, substitutions and arithmetic are put in, then words are split and names found. */
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { asLiteral, hasWildcard, patternSource, withoutEscapes } from "../pattern.ts";
import { arithmetic } from "./arithmetic.ts";
import { keyIn } from "./array-keys.ts";
import { withoutBraces } from "./braces.ts";
import type { ShellState } from "./state.ts";
import type { Script, Word, WordPart } from "./syntax.ts";

export interface Expansion {
  readonly state: ShellState;
  /** What the commands print, without the newlines at its end. */
  substitute(script: Script): Promise<string>;
}

/** A field under way: what is quoted in it is escaped, so that it means itself in a pattern. */
class Fields {
  readonly done: string[] = [];
  #field: string | undefined;

  add(text: string, isQuoted: boolean): void {
    this.#field = (this.#field ?? "") + (isQuoted ? asLiteral(text) : text);
  }

  end(): void {
    if (this.#field !== undefined) this.done.push(this.#field);
    this.#field = undefined;
  }

  /** Of a value that is not quoted: it is split where blanks are. */
  split(value: string, separators: string): void {
    const isSeparator = (character: string) => separators.includes(character);
    let text = "";
    for (const character of value) {
      if (!isSeparator(character)) text += character;
      else {
        if (text !== "") this.add(text.replaceAll("\\", "\\\\"), false);
        else if (!/\s/.test(character)) this.add("", true);
        text = "";
        this.end();
      }
    }
    if (text !== "") this.add(text.replaceAll("\\", "\\\\"), false);
  }
}

/** The words as arguments: any number of them. */
export async function expandWords(words: readonly Word[], expansion: Expansion): Promise<string[]> {
  const found: string[] = [];
  const all = expansion.state.speech.kind === "bash" ? words.flatMap(withoutBraces) : words;
  for (const word of all) {
    const fields = new Fields();
    await fill(fields, withTilde(word, expansion.state), expansion);
    fields.end();
    for (const field of fields.done)
      found.push(
        ...(hasWildcard(field) ? await namesFor(field, expansion.state.cwd) : [withoutEscapes(field)]),
      );
  }
  return found;
}

/** A word as one text: a value, the name of a file, what a `case` is about. */
export async function expandText(word: Word, expansion: Expansion): Promise<string> {
  return withoutEscapes(await expandPattern(word, expansion));
}

/** The same as a pattern, in which what was quoted means itself. */
export async function expandPattern(word: Word, expansion: Expansion): Promise<string> {
  const texts: string[] = [];
  for (const part of withTilde(word, expansion.state)) {
    const text = await textOf(part, expansion);
    texts.push(part.isQuoted ? asLiteral(text) : part.type === "text" ? text : text.replaceAll("\\", "\\\\"));
  }
  return texts.join("");
}

async function fill(fields: Fields, word: Word, expansion: Expansion): Promise<void> {
  const { state } = expansion;
  for (const part of word) {
    if (part.type === "text") fields.add(part.text, part.isQuoted);
    else if (part.type === "parameter" && isList(part)) {
      for (const [i, arg] of (await listOf(part, expansion)).entries()) {
        if (i > 0) fields.end();
        if (part.isQuoted) fields.add(arg, true);
        else fields.split(arg, separatorsOf(state));
      }
    } else {
      const text = await textOf(part, expansion);
      if (part.isQuoted) fields.add(text, true);
      else fields.split(text, separatorsOf(state));
    }
  }
}

type Parameter = WordPart & { type: "parameter" };

/** Whether each of its values is a word of its own. */
function isList({ name, index, operator }: Parameter): boolean {
  if (name === "@") return operator === "" || operator === ":";
  return index === "@" && operator !== "length";
}

async function listOf(part: Parameter, expansion: Expansion): Promise<readonly string[]> {
  const { state } = expansion;
  const { name, operator, word } = part;
  const entries = state.entriesOf(name);
  if (operator === "keys") return entries.map(([key]) => key);
  const values = name === "@" ? state.args : entries.map(([, value]) => value);
  if (operator === "") return values;
  if (operator !== ":") {
    if (/^:?[-=?+]/.test(operator)) return [await parameter(part, expansion)];
    const pattern = await expandPattern(word, expansion);
    return values.map(value => edited(value, operator, pattern));
  }
  const [offset = "0", length] = (await expandText(word, expansion)).split(":");
  // The first argument has the number 1.
  const start = arithmetic(offset, state);
  const from = name === "@" && start > 0 ? start - 1 : start;
  return length === undefined ? values.slice(from) : values.slice(from, from + arithmetic(length, state));
}

function separatorsOf(state: ShellState): string {
  return state.variables.get("IFS") ?? " \t\n";
}

async function textOf(part: WordPart, expansion: Expansion): Promise<string> {
  switch (part.type) {
    case "text":
      return part.text;
    case "substitution":
      return expansion.substitute(part.script);
    case "arithmetic":
      return String(arithmetic(await expandText(part.word, expansion), expansion.state));
    case "parameter":
      return parameter(part, expansion);
  }
}

async function valueAt(
  { name, index, operator }: Parameter,
  expansion: Expansion,
): Promise<string | undefined> {
  const { state } = expansion;
  if (operator === "indirect") return state.get(state.get(name) ?? "");
  if (index === undefined) return state.get(name);
  if (typeof index !== "string") {
    const key = keyIn(name, await expandText(index, expansion), state);
    return new Map(state.entriesOf(name)).get(key);
  }
  const entries = state.entriesOf(name);
  return entries.length === 0 ? undefined : entries.map(([, value]) => value).join(" ");
}

async function parameter(part: Parameter, expansion: Expansion): Promise<string> {
  const { state } = expansion;
  const { name, index, operator, word } = part;
  const isArgs = name === "@" || name === "*";
  const isAll = isArgs || index === "@" || index === "*";
  const all = () => (isArgs ? state.args : state.entriesOf(name));
  const value = isArgs ? state.args.join(" ") : await valueAt(part, expansion);
  const word_ = () => expandText(word, expansion);
  switch (operator) {
    case "":
    case "indirect":
      if (value === undefined && state.options.nounset) throw new Error(`${name}: parameter not set`);
      return value ?? "";
    case "length":
      return String(isAll ? all().length : (value ?? "").length);
    case "keys":
      return (await listOf(part, expansion)).join(" ");
    case "-":
      return value ?? word_();
    case ":-":
      return value || word_();
    case "=":
    case ":=": {
      if (operator === "=" ? value !== undefined : value) return value ?? "";
      const given = await word_();
      state.set(name, given);
      return given;
    }
    case "+":
      return value === undefined ? "" : word_();
    case ":+":
      return value ? word_() : "";
    case "?":
    case ":?":
      if (operator === "?" ? value !== undefined : value) return value ?? "";
      throw new Error(`${name}: ${(await word_()) || "parameter not set"}`);
    case ":":
      return substring(value ?? "", await word_(), state);
    default:
      return edited(value ?? "", operator, await expandPattern(word, expansion));
  }
}

/** `${name:offset:length}` */
function substring(value: string, bounds: string, state: ShellState): string {
  const [offset = "0", length] = bounds.split(":").map(text => String(arithmetic(text, state)));
  const from = Number(offset) < 0 ? Math.max(0, value.length + Number(offset)) : Number(offset);
  if (length === undefined) return value.slice(from);
  return Number(length) < 0 ? value.slice(from, Number(length)) : value.slice(from, from + Number(length));
}

/** What patterns cut off, or replace. */
function edited(value: string, operator: string, pattern: string): string {
  if (/^[\^,]/.test(operator)) return inCase(value, operator, pattern);
  if (operator.startsWith("/")) {
    const [, from = "", to = ""] = /^((?:\\.|[^/\\])*)\/?([\s\S]*)$/.exec(pattern) ?? [];
    if (from === "") return value;
    const search = new RegExp(patternSource(from), operator === "//" ? "g" : "");
    return value.replace(search, () => withoutEscapes(to));
  }
  const source = patternSource(pattern);
  const isLongest = operator.length === 2;
  const lengths = Array.from({ length: value.length + 1 }, (_, i) => i);
  const isPrefix = operator.startsWith("#");
  const whole = new RegExp(`^(?:${source})$`);
  for (const length of isLongest ? lengths.reverse() : lengths) {
    const cut = isPrefix ? value.slice(0, length) : value.slice(value.length - length);
    if (whole.test(cut)) return isPrefix ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}

/** `${name^}` and `${name^^}` in capitals, `${name,}` and `${name,,}` without: the first letter, or all. */
function inCase(value: string, operator: string, pattern: string): string {
  const fits = new RegExp(`^(?:${patternSource(pattern === "" ? "?" : pattern)})$`);
  const change = (letter: string) => (operator.startsWith("^") ? letter.toUpperCase() : letter.toLowerCase());
  const count = operator.length === 2 ? value.length : 1;
  return [...value].map((letter, i) => (i < count && fits.test(letter) ? change(letter) : letter)).join("");
}

function withTilde(word: Word, state: ShellState): Word {
  const [first, ...rest] = word;
  if (first?.type !== "text" || first.isQuoted || !/^~(\/|$)/.test(first.text)) return word;
  const home = state.get("HOME") ?? homedir();
  return [{ type: "text", text: home, isQuoted: true }, { ...first, text: first.text.slice(1) }, ...rest];
}

/** The names that fit, in their order; the pattern itself where none does. */
async function namesFor(pattern: string, cwd: string): Promise<string[]> {
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const step of pattern.split("/").filter(Boolean)) {
    const next: string[] = [];
    for (const folder of found) {
      const names = hasWildcard(step)
        ? await readdir(resolve(cwd, folder)).catch(() => [])
        : [withoutEscapes(step)];
      const fits = new RegExp(`^(?:${patternSource(step, true)})$`);
      for (const name of names.sort())
        if (!hasWildcard(step) || fits.test(name))
          next.push(folder === "" || folder === "/" ? `${folder}${name}` : `${folder}/${name}`);
    }
    found = next;
  }
  return found.length > 0 ? found : [withoutEscapes(pattern)];
}
