/**
 * Reads a script of the shell, by the grammar of POSIX: lists, pipelines, compound commands, functions, redirections and
 * here-documents. Words are parse-word.ts's. What is left out: job control and aliases.
 */
import { WordReader } from "./parse-word.ts";
import { type Command, type Redirection, type Script, SyntaxFault, type Word } from "./syntax.ts";

/** Throws a SyntaxFault. */
export function parse(text: string): Script {
  const parser = new Parser(text);
  return parser.whole();
}

const reserved: ReadonlySet<string> = new Set([
  ...["then", "else", "elif", "fi", "do", "done", "esac", "}", "in"],
]);
const operators = [
  "&&",
  "||",
  ";;",
  "<<-",
  "<<",
  ">>",
  "<&",
  ">&",
  "&>",
  "&",
  ";",
  "|",
  "<",
  ">",
  "(",
  ")",
  "\n",
];

class Parser extends WordReader {
  /** Here-documents that begin behind the end of this line. */
  readonly #pending: {
    readonly end: string;
    readonly isLiteral: boolean;
    readonly isIndented: boolean;
    fill(word: Word): void;
  }[] = [];

  whole(): Script {
    const script = this.script();
    if (!this.isAtEnd) throw this.unexpected();
    return script;
  }

  /** Until something comes that cannot begin a command: the end, `)`, `}`, `fi` … */
  override script(): Script {
    const items: { command: Command; isBackground: boolean }[] = [];
    for (this.#lines(); this.#beginsCommand(); this.#lines()) {
      const command = this.#andOr();
      const operator = this.#operator();
      const isBackground = operator === "&";
      items.push({ command, isBackground });
      if (operator === "&" || operator === ";") this.#take(operator);
      else if (operator !== "\n") break;
    }
    return { items };
  }

  protected override parsed(text: string): Script {
    return parse(text);
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (
      let operator = this.#operator();
      operator === "&&" || operator === "||";
      operator = this.#operator()
    ) {
      this.#take(operator);
      this.#lines();
      left = { type: operator === "&&" ? "and" : "or", left, right: this.#pipeline() };
    }
    return left;
  }

  #pipeline(): Command {
    let isNegated = false;
    while (this.#isWord("!")) {
      this.#takeWord("!");
      isNegated = !isNegated;
    }
    const commands = [this.#command()];
    while (this.#operator() === "|") {
      this.#take("|");
      this.#lines();
      commands.push(this.#command());
    }
    const [only] = commands;
    return only && commands.length === 1 && !isNegated ? only : { type: "pipeline", commands, isNegated };
  }

  #command(): Command {
    if (this.#operator() === "(") {
      this.#take("(");
      const body = this.script();
      this.#expect(")");
      return { type: "subshell", body, redirections: this.#redirections() };
    }
    switch (this.#plainWord()) {
      case "{":
        return this.#group();
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
    this.#takeWord("{");
    const body = this.script();
    this.#takeWord("}");
    return { type: "group", body, redirections: this.#redirections() };
  }

  #if(): Command {
    const branches: { test: Script; body: Script }[] = [];
    let otherwise: Script | undefined;
    this.#takeWord("if");
    for (;;) {
      const test = this.script();
      this.#takeWord("then");
      branches.push({ test, body: this.script() });
      if (this.#isWord("elif")) {
        this.#takeWord("elif");
        continue;
      }
      if (this.#isWord("else")) {
        this.#takeWord("else");
        otherwise = this.script();
      }
      this.#takeWord("fi");
      return { type: "if", branches, otherwise, redirections: this.#redirections() };
    }
  }

  #loop(): Command {
    const isUntil = this.#isWord("until");
    this.#takeWord(isUntil ? "until" : "while");
    const test = this.script();
    const body = this.#doGroup();
    return { type: "loop", isUntil, test, body, redirections: this.#redirections() };
  }

  #for(): Command {
    this.#takeWord("for");
    const name = this.#name();
    this.#lines();
    let words: Word[] | undefined;
    if (this.#isWord("in")) {
      this.#takeWord("in");
      words = [];
      while (this.#operator() === undefined && !this.isAtEnd) words.push(this.word());
    }
    if (this.#operator() === ";") this.#take(";");
    this.#lines();
    const body = this.#doGroup();
    return { type: "for", name, words, body, redirections: this.#redirections() };
  }

  #doGroup(): Script {
    this.#lines();
    this.#takeWord("do");
    const body = this.script();
    this.#takeWord("done");
    return body;
  }

  #case(): Command {
    this.#takeWord("case");
    this.#blank();
    const word = this.word();
    this.#lines();
    this.#takeWord("in");
    const branches: { patterns: Word[]; body: Script }[] = [];
    for (this.#lines(); !this.#isWord("esac"); this.#lines()) {
      if (this.#operator() === "(") this.#take("(");
      const patterns = [this.word()];
      while (this.#operator() === "|") {
        this.#take("|");
        this.#blank();
        patterns.push(this.word());
      }
      this.#expect(")");
      branches.push({ patterns, body: this.script() });
      this.#lines();
      if (this.#operator() !== ";;") break;
      this.#take(";;");
    }
    this.#takeWord("esac");
    return { type: "case", word, branches, redirections: this.#redirections() };
  }

  #simple(): Command {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (this.#blank(); ; this.#blank()) {
      const redirection = this.#redirection();
      if (redirection) {
        redirections.push(...redirection);
        continue;
      }
      if (this.isAtEnd || this.#operator() !== undefined) break;
      const [, name = "", sign] = /^([A-Za-z_]\w*)(=|\(\))/.exec(this.rest) ?? [];
      const spaced = words.length === 0 ? /^([A-Za-z_]\w*)[ \t]*\([ \t]*\)/.exec(this.rest) : null;
      if (spaced && assignments.length === 0) {
        this.skip(spaced[0].length);
        this.#lines();
        return { type: "function", name: spaced[1] ?? "", body: this.#command() };
      }
      if (words.length === 0 && sign === "=") {
        this.skip(name.length + 1);
        assignments.push({ name, value: this.word(true) });
      } else words.push(this.word());
    }
    if (words.length === 0 && assignments.length === 0 && redirections.length === 0) throw this.unexpected();
    return { type: "simple", assignments, words, redirections };
  }

  #redirections(): Redirection[] {
    const found: Redirection[] = [];
    for (let next = this.#redirection(); next; next = this.#redirection()) found.push(...next);
    return found;
  }

  #redirection(): Redirection[] | undefined {
    this.#blank();
    const [whole = "", number = "", sign = ""] = /^(\d*)(<<-?|>>|<&|>&|&>|<|>\|?)/.exec(this.rest) ?? [];
    if (whole === "") return undefined;
    this.skip(whole.length);
    this.#blank();
    const input = sign.startsWith("<");
    const descriptor = number === "" ? (input ? 0 : 1) : Number(number);
    if (sign.startsWith("<<")) return [this.#hereDocument(descriptor, sign === "<<-")];
    const target = this.word();
    if (sign === "&>")
      return [
        { descriptor: 1, operator: ">", target },
        { descriptor: 2, operator: ">&", target: [{ type: "text", text: "1", isQuoted: true }] },
      ];
    const operator = sign === ">|" ? ">" : (sign as Redirection["operator"]);
    return [{ descriptor, operator, target }];
  }

  #hereDocument(descriptor: number, isIndented: boolean): Redirection {
    const end = this.word();
    const isLiteral = end.some(part => part.type === "text" && part.isQuoted);
    const redirection: { -readonly [K in keyof Redirection]: Redirection[K] } = {
      ...{ descriptor, operator: "<<", target: [] },
    };
    this.#pending.push({
      end: end.map(part => (part.type === "text" ? part.text : "")).join(""),
      isLiteral,
      isIndented,
      fill(word) {
        redirection.target = word;
      },
    });
    return redirection;
  }

  #readHereDocuments(): void {
    for (const { end, isLiteral, isIndented, fill } of this.#pending.splice(0)) {
      const lines: string[] = [];
      for (;;) {
        if (this.isAtEnd)
          throw new SyntaxFault(`here-document delimited by end-of-file (wanted "${end}")`, true);
        const line = isIndented ? this.line().replace(/^\t+/, "") : this.line();
        if (line === end) break;
        lines.push(`${line}\n`);
      }
      const text = lines.join("");
      fill(isLiteral ? [{ type: "text", text, isQuoted: true }] : new Parser(text).quotedText());
    }
  }

  // --- What comes next.

  #blank(): void {
    const [blank = ""] = /^(?:[ \t\r]|\\\n)*(?:#[^\n]*)?/.exec(this.rest) ?? [];
    this.skip(blank.length);
  }

  /** Skips empty lines. */
  #lines(): void {
    for (this.#blank(); this.rest.startsWith("\n"); this.#blank()) {
      this.skip(1);
      this.#readHereDocuments();
    }
  }

  /** The operator that comes next; undefined where none does. */
  #operator(): string | undefined {
    this.#blank();
    return operators.find(operator => this.rest.startsWith(operator));
  }

  #take(operator: string): void {
    this.skip(operator.length);
  }

  #expect(operator: string): void {
    this.#lines();
    if (this.#operator() !== operator) throw this.unexpected();
    this.#take(operator);
  }

  #beginsCommand(): boolean {
    if (this.isAtEnd) return false;
    const operator = this.#operator();
    if (operator !== undefined) return operator === "(" || /^[<>]|^&>/.test(operator);
    return !reserved.has(this.#plainWord());
  }

  /** The word that comes next, where it is nothing but letters. */
  #plainWord(): string {
    this.#blank();
    const [word = ""] = /^(?:[a-z]+|[!{}])(?=[\s;&|<>()]|$)/.exec(this.rest) ?? [];
    return word;
  }

  #isWord(word: string): boolean {
    return this.#plainWord() === word;
  }

  #takeWord(word: string): void {
    this.#lines();
    if (!this.#isWord(word)) throw this.unexpected(word);
    this.skip(word.length);
  }

  #name(): string {
    this.#blank();
    const [name] = /^[A-Za-z_]\w*/.exec(this.rest) ?? [];
    if (name === undefined) throw this.unexpected("a name");
    this.skip(name.length);
    return name;
  }
}
