/**
 * What a script consists of besides words: blanks, lines, operators, reserved words, and redirections with the here-documents
 * that begin behind the end of their line.
 */
import { WordReader } from "./parse-word.ts";
import { type Redirection, SyntaxFault, type Word } from "./syntax.ts";

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

export abstract class TokenReader extends WordReader {
  /** Here-documents that begin behind the end of this line. */
  readonly #pending: {
    readonly end: string;
    readonly isLiteral: boolean;
    readonly isIndented: boolean;
    fill(word: Word): void;
  }[] = [];

  redirections(): Redirection[] {
    const found: Redirection[] = [];
    for (let next = this.redirection(); next; next = this.redirection()) found.push(...next);
    return found;
  }

  redirection(): Redirection[] | undefined {
    this.blank();
    const [whole = "", number = "", sign = ""] =
      /^(\d*)(<<<|<<-?|>>|<&|>&|&>>?|<|>\|?)/.exec(this.rest) ?? [];
    if (whole === "") return undefined;
    this.skip(whole.length);
    this.blank();
    const input = sign.startsWith("<");
    const descriptor = number === "" ? (input ? 0 : 1) : Number(number);
    if (sign === "<<<")
      return [
        {
          descriptor,
          operator: "<<",
          target: [...this.word(), { type: "text", text: "\n", isQuoted: true }],
        },
      ];
    if (sign.startsWith("<<")) return [this.#hereDocument(descriptor, sign === "<<-")];
    const target = this.word();
    if (sign.startsWith("&>"))
      return [
        { descriptor: 1, operator: sign === "&>" ? ">" : ">>", target },
        { descriptor: 2, operator: ">&", target: [{ type: "text", text: "1", isQuoted: true }] },
      ];
    const operator = sign === ">|" ? ">" : (sign as Redirection["operator"]);
    return [{ descriptor, operator, target }];
  }

  #hereDocument(descriptor: number, isIndented: boolean): Redirection {
    const end = this.word();
    const isLiteral = end.some(part => part.type === "text" && part.isQuoted);
    const redirection: { -readonly [K in keyof Redirection]: Redirection[K] } = {
      descriptor,
      operator: "<<",
      target: [],
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
      fill(isLiteral ? [{ type: "text", text, isQuoted: true }] : this.quotedIn(text));
    }
  }

  blank(): void {
    const [blank = ""] = /^(?:[ \t\r]|\\\n)*(?:#[^\n]*)?/.exec(this.rest) ?? [];
    this.skip(blank.length);
  }

  /** Skips empty lines. */
  lines(): void {
    for (this.blank(); this.rest.startsWith("\n"); this.blank()) {
      this.skip(1);
      this.#readHereDocuments();
    }
  }

  /** The operator that comes next; undefined where none does. */
  operator(): string | undefined {
    this.blank();
    return operators.find(operator => this.rest.startsWith(operator));
  }

  take(operator: string): void {
    this.skip(operator.length);
  }

  expect(operator: string): void {
    this.lines();
    if (this.operator() !== operator) throw this.unexpected();
    this.take(operator);
  }

  /** The word that comes next, where it is nothing but letters. */
  plainWord(): string {
    this.blank();
    const [word = ""] = /^(?:[a-z]+|[!{}]|\[\[)(?=[\s;&|<>()]|$)/.exec(this.rest) ?? [];
    return word;
  }

  isWord(word: string): boolean {
    return this.plainWord() === word;
  }

  takeWord(word: string): void {
    this.lines();
    if (!this.isWord(word)) throw this.unexpected(word);
    this.skip(word.length);
  }

  name(): string {
    this.blank();
    const [name] = /^[A-Za-z_]\w*/.exec(this.rest) ?? [];
    if (name === undefined) throw this.unexpected("a name");
    this.skip(name.length);
    return name;
  }
}
