/**
 * Reads a script of the shell, by the grammar of POSIX: lists, pipelines, compound commands and functions. Redirections,
 * here-documents and operators are parse-token.ts's, words parse-word.ts's. What is left out: job control and aliases.
 */
import { ConditionReader } from "./parse-condition.ts";
import type { Assignment, Command, Redirection, Script, Word } from "./syntax.ts";

/** Throws a SyntaxFault. */
export function parse(text: string): Script {
  const parser = new Parser(text);
  return parser.whole();
}

const reserved: ReadonlySet<string> = new Set([
  "then",
  "else",
  "elif",
  "fi",
  "do",
  "done",
  "esac",
  "}",
  "in",
]);

class Parser extends ConditionReader {
  whole(): Script {
    const script = this.script();
    if (!this.isAtEnd) throw this.unexpected();
    return script;
  }

  /** Until something comes that cannot begin a command: the end, `)`, `}`, `fi` … */
  override script(): Script {
    const items: { command: Command; isBackground: boolean }[] = [];
    for (this.lines(); this.#beginsCommand(); this.lines()) {
      const command = this.#andOr();
      const operator = this.operator();
      const isBackground = operator === "&";
      items.push({ command, isBackground });
      if (operator === "&" || operator === ";") this.take(operator);
      else if (operator !== "\n") break;
    }
    return { items };
  }

  protected override parsed(text: string): Script {
    return parse(text);
  }

  protected override quotedIn(text: string): Word {
    return new Parser(text).quotedText();
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (let operator = this.operator(); operator === "&&" || operator === "||"; operator = this.operator()) {
      this.take(operator);
      this.lines();
      left = { type: operator === "&&" ? "and" : "or", left, right: this.#pipeline() };
    }
    return left;
  }

  #pipeline(): Command {
    let isNegated = false;
    while (this.isWord("!")) {
      this.takeWord("!");
      isNegated = !isNegated;
    }
    const commands = [this.#command()];
    while (this.operator() === "|") {
      this.take("|");
      this.lines();
      commands.push(this.#command());
    }
    const [only] = commands;
    return only && commands.length === 1 && !isNegated ? only : { type: "pipeline", commands, isNegated };
  }

  #command(): Command {
    if (this.operator() === "(") {
      const arithmetic = this.arithmeticCommand();
      if (arithmetic) return arithmetic;
      this.take("(");
      const body = this.script();
      this.expect(")");
      return { type: "subshell", body, redirections: this.redirections() };
    }
    switch (this.plainWord()) {
      case "{":
        return this.#group();
      case "[[":
        return this.condition();
      case "function":
        return this.#function();
      case "if":
        return this.#if();
      case "while":
      case "until":
        return this.#loop();
      case "for":
        return this.#for();
      case "case":
        return this.#case();
      default:
        return this.#simple();
    }
  }

  #group(): Command {
    this.takeWord("{");
    const body = this.script();
    this.takeWord("}");
    return { type: "group", body, redirections: this.redirections() };
  }

  /** `function name {`, which POSIX has not. */
  #function(): Command {
    this.takeWord("function");
    const name = this.name();
    this.blank();
    const [parentheses = ""] = /^\([ \t]*\)/.exec(this.rest) ?? [];
    this.skip(parentheses.length);
    this.lines();
    return { type: "function", name, body: this.#command() };
  }

  #if(): Command {
    const branches: { test: Script; body: Script }[] = [];
    let otherwise: Script | undefined;
    this.takeWord("if");
    for (;;) {
      const test = this.script();
      this.takeWord("then");
      branches.push({ test, body: this.script() });
      if (this.isWord("elif")) {
        this.takeWord("elif");
        continue;
      }
      if (this.isWord("else")) {
        this.takeWord("else");
        otherwise = this.script();
      }
      this.takeWord("fi");
      return { type: "if", branches, otherwise, redirections: this.redirections() };
    }
  }

  #loop(): Command {
    const isUntil = this.isWord("until");
    this.takeWord(isUntil ? "until" : "while");
    const test = this.script();
    const body = this.#doGroup();
    return { type: "loop", isUntil, test, body, redirections: this.redirections() };
  }

  #for(): Command {
    this.takeWord("for");
    this.blank();
    if (this.rest.startsWith("((")) return this.#countingFor();
    const name = this.name();
    this.lines();
    let words: Word[] | undefined;
    if (this.isWord("in")) {
      this.takeWord("in");
      words = [];
      while (this.operator() === undefined && !this.isAtEnd) words.push(this.word());
    }
    if (this.operator() === ";") this.take(";");
    this.lines();
    const body = this.#doGroup();
    return { type: "for", name, words, body, redirections: this.redirections() };
  }

  #countingFor(): Command {
    const [whole = "", first = "", test = "", step = ""] =
      /^\(\(([^;]*);([^;]*);([\s\S]*?)\)\)(?=\s*(?:;|do\b|\n|\{))/.exec(this.rest) ?? [];
    if (whole === "") throw this.unexpected();
    this.skip(whole.length);
    if (this.operator() === ";") this.take(";");
    const words = { first: this.quotedIn(first), test: this.quotedIn(test), step: this.quotedIn(step) };
    const body = this.#doGroup();
    return { type: "counting", ...words, body, redirections: this.redirections() };
  }

  #doGroup(): Script {
    this.lines();
    this.takeWord("do");
    const body = this.script();
    this.takeWord("done");
    return body;
  }

  #case(): Command {
    this.takeWord("case");
    this.blank();
    const word = this.word();
    this.lines();
    this.takeWord("in");
    const branches: { patterns: Word[]; body: Script }[] = [];
    for (this.lines(); !this.isWord("esac"); this.lines()) {
      if (this.operator() === "(") this.take("(");
      const patterns = [this.word()];
      while (this.operator() === "|") {
        this.take("|");
        this.blank();
        patterns.push(this.word());
      }
      this.expect(")");
      branches.push({ patterns, body: this.script() });
      this.lines();
      if (this.operator() !== ";;") break;
      this.take(";;");
    }
    this.takeWord("esac");
    return { type: "case", word, branches, redirections: this.redirections() };
  }

  #simple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (this.blank(); ; this.blank()) {
      const redirection = this.redirection();
      if (redirection) {
        redirections.push(...redirection);
        continue;
      }
      if (this.isAtEnd || this.operator() !== undefined) break;
      const spaced = words.length === 0 ? /^([A-Za-z_]\w*)[ \t]*\([ \t]*\)/.exec(this.rest) : null;
      if (spaced && assignments.length === 0) {
        this.skip(spaced[0].length);
        this.lines();
        return { type: "function", name: spaced[1] ?? "", body: this.#command() };
      }
      const assignment =
        words.length === 0 || declares(words[0]) ? this.#assignment(words.length > 0) : undefined;
      if (assignment) assignments.push(assignment);
      else words.push(this.word());
    }
    if (words.length === 0 && assignments.length === 0 && redirections.length === 0) throw this.unexpected();
    return { type: "simple", assignments, words, redirections };
  }

  /** @param mustBeArray behind `declare`, the others are its arguments */
  #assignment(mustBeArray: boolean): Assignment | undefined {
    const [whole = "", name = "", brackets, index = "", sign] =
      /^([A-Za-z_]\w*)(\[((?:[^\]\s"']|"[^"]*"|'[^']*')*)\])?(\+?=)/.exec(this.rest) ?? [];
    const isArray = this.rest.startsWith("(", whole.length);
    if (sign === undefined || (mustBeArray && !isArray)) return undefined;
    this.skip(whole.length);
    return {
      name,
      isAppended: sign === "+=",
      index: brackets === undefined ? undefined : this.indexIn(index),
      value: isArray ? [] : this.word(true),
      elements: isArray ? this.#elements() : undefined,
    };
  }

  #elements(): { index: Word | undefined; value: Word }[] {
    const elements: { index: Word | undefined; value: Word }[] = [];
    this.take("(");
    for (this.lines(); !this.isAtEnd && this.operator() !== ")"; this.lines()) {
      const [whole, index = ""] = /^\[((?:[^\]\s"']|"[^"]*"|'[^']*')+)\]=/.exec(this.rest) ?? [];
      this.skip(whole?.length ?? 0);
      elements.push(
        whole === undefined
          ? { index: undefined, value: this.word() }
          : { index: this.indexIn(index), value: this.word(true) },
      );
    }
    this.expect(")");
    return elements;
  }

  #beginsCommand(): boolean {
    if (this.isAtEnd) return false;
    const operator = this.operator();
    if (operator !== undefined) return operator === "(" || /^[<>]|^&>/.test(operator);
    return !reserved.has(this.plainWord());
  }
}

function declares([part, ...more]: Word = []): boolean {
  return (
    part?.type === "text" && more.length === 0 && /^(declare|export|local|readonly|typeset)$/.test(part.text)
  );
}
