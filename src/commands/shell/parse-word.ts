/** Reads the words of a script: quotes, parameters, substitutions of commands and of arithmetic. */
import { type Script, SyntaxFault, type Word, type WordPart } from "./syntax.ts";

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

export abstract class WordReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The commands of a substitution. */
  abstract script(): Script;

  /** Another text as within double quotes. */
  protected abstract quotedIn(text: string): Word;

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get rest(): string {
    return this.#text.slice(this.#at);
  }

  /** How many characters there are to read. */
  protected get left(): number {
    return this.#text.length - this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** The rest of the line, which is taken with its end. */
  line(): string {
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return line;
  }

  unexpected(wanted?: string): SyntaxFault {
    if (this.isAtEnd) return new SyntaxFault("syntax error: unexpected end of file", true);
    const [token = ""] = /^(?:&&|\|\||;;|[;&|()<>\n]|[^\s;&|()<>]+)/.exec(this.rest) ?? [];
    const shown = token === "\n" ? "newline" : `"${token}"`;
    return new SyntaxFault(`syntax error: unexpected ${shown}${wanted ? ` (expecting "${wanted}")` : ""}`);
  }

  /** @param mayBeEmpty behind `name=` there may be nothing */
  word(mayBeEmpty = false): Word {
    const [blank = ""] = mayBeEmpty ? [] : (/^[ \t]*/.exec(this.rest) ?? []);
    this.skip(blank.length);
    const start = this.#at;
    const parts = this.parts(character => /[\s;&|<>()]/.test(character));
    if (this.#at === start && !mayBeEmpty) throw this.unexpected();
    return parts;
  }

  /** The whole text as within double quotes. */
  quotedText(): Word {
    return this.#quoted(() => this.isAtEnd, true);
  }

  protected parts(isEnd: (character: string) => boolean): WordPart[] {
    const parts: WordPart[] = [];
    while (!this.isAtEnd && !isEnd(this.#next)) {
      switch (this.#next) {
        case "'":
          parts.push({ type: "text", text: this.#untilQuote(), isQuoted: true });
          break;
        case '"': {
          this.#at++;
          // Also an empty one makes a word.
          parts.push({ type: "text", text: "", isQuoted: true }, ...this.#quoted(() => this.#next === '"'));
          this.#at++;
          break;
        }
        case "\\": {
          const escaped = this.#text[this.#at + 1];
          this.#at += 2;
          if (escaped !== undefined && escaped !== "\n")
            parts.push({ type: "text", text: escaped, isQuoted: true });
          break;
        }
        case "$":
        case "`":
          parts.push(this.#ansiQuoted() ?? this.#expansion(false));
          break;
        default: {
          let text = "";
          while (!this.isAtEnd && !isEnd(this.#next) && !/['"\\$`]/.test(this.#next))
            text += this.#text[this.#at++];
          parts.push({ type: "text", text, isQuoted: false });
        }
      }
    }
    return parts;
  }

  #quoted(isEnd: () => boolean, mayEnd = false): WordPart[] {
    const parts: WordPart[] = [];
    let text = "";
    const flush = () => {
      if (text !== "") parts.push({ type: "text", text, isQuoted: true });
      text = "";
    };
    while (!isEnd()) {
      if (this.isAtEnd && !mayEnd) throw new SyntaxFault("syntax error: unterminated quoted string", true);
      if (this.#next === "$" || this.#next === "`") {
        flush();
        parts.push(this.#expansion(true));
      } else if (this.#next === "\\") {
        const escaped = this.#text[this.#at + 1] ?? "";
        this.#at += 2;
        if (escaped !== "\n") text += '$`"\\'.includes(escaped) ? escaped : `\\${escaped}`;
      } else text += this.#text[this.#at++];
    }
    flush();
    return parts;
  }

  /** `$'…'`: what is escaped in it is what it is in C. */
  #ansiQuoted(): WordPart | undefined {
    const [whole, inside = ""] = /^\$'((?:[^'\\]|\\[\s\S])*)'/.exec(this.rest) ?? [];
    if (whole === undefined) return undefined;
    this.#at += whole.length;
    const text = inside.replaceAll(/\\(x[\da-fA-F]{1,2}|[0-7]{1,3}|[\s\S])/g, (_, code: string) => {
      const known = escapes[code];
      if (known !== undefined) return known;
      if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : code;
    });
    return { type: "text", text, isQuoted: true };
  }

  #untilQuote(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw new SyntaxFault("syntax error: unterminated quoted string", true);
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #expansion(isQuoted: boolean): WordPart {
    const { rest } = this;
    if (rest.startsWith("`")) return this.#backquoted(isQuoted);
    if (rest.startsWith("$((")) {
      const word = this.arithmetic(3);
      if (word) return { type: "arithmetic", word, isQuoted };
    }
    if (rest.startsWith("$(")) {
      this.#at += 2;
      const script = this.script();
      if (!/^\s*\)/.test(this.rest)) throw this.unexpected(")");
      this.#at = this.#text.indexOf(")", this.#at) + 1;
      return { type: "substitution", script, isQuoted };
    }
    if (rest.startsWith("${")) return this.#braced(isQuoted);
    const [whole, name] = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(rest) ?? [];
    this.#at += whole?.length ?? 1;
    if (name === undefined) return { type: "text", text: "$", isQuoted: true };
    return { type: "parameter", name, index: undefined, operator: "", word: [], isQuoted };
  }

  #backquoted(isQuoted: boolean): WordPart {
    const [whole = "", inside = ""] = /^`((?:[^`\\]|\\[\s\S])*)`/.exec(this.rest) ?? [];
    if (whole === "") throw new SyntaxFault("syntax error: unterminated backquote", true);
    this.#at += whole.length;
    return { type: "substitution", script: this.parsed(inside.replaceAll(/\\([$`\\])/g, "$1")), isQuoted };
  }

  /** Another text as a script. */
  protected abstract parsed(text: string): Script;

  /**
   * Up to its `))`, which are taken. Undefined where it is a subshell in what else begins so.
   * @param opening the count of characters that it begins with
   */
  protected arithmetic(opening: number): Word | undefined {
    const start = this.#at;
    this.#at += opening;
    let depth = 0;
    const word = this.#quoted(() => {
      if (this.isAtEnd) return true;
      if (this.#next === "(") depth++;
      if (this.#next === ")") depth--;
      return depth < 0;
    }, true);
    if (this.rest.startsWith("))")) {
      this.#at += 2;
      return word;
    }
    if (this.isAtEnd) throw new SyntaxFault("syntax error: unterminated arithmetic", true);
    this.#at = start;
    return undefined;
  }

  #braced(isQuoted: boolean): WordPart {
    this.#at += 2;
    const isLength = /^#[A-Za-z_0-9@*]/.test(this.rest);
    const isIndirect = /^![A-Za-z_]/.test(this.rest);
    if (isLength || isIndirect) this.#at++;
    const [name = ""] = /^(?:[A-Za-z_]\w*|\d+|[@*#?$!-])/.exec(this.rest) ?? [];
    this.#at += name.length;
    const [brackets = "", inside = ""] = (/^[A-Za-z_]/.test(name) && /^\[([^\]]*)\]/.exec(this.rest)) || [];
    this.#at += brackets.length;
    const index =
      brackets === "" ? undefined : inside === "@" || inside === "*" ? inside : this.indexIn(inside);
    const [operator = ""] = isLength
      ? []
      : (/^(?::[-=?+]|##?|%%?|\/\/?|\^\^?|,,?|[-=?+:])/.exec(this.rest) ?? []);
    this.#at += operator.length;
    const isKeys = isIndirect && (index === "@" || index === "*");
    const word = isQuoted
      ? this.#quoted(() => this.#next === "}")
      : this.parts(character => character === "}");
    if (this.isAtEnd) throw new SyntaxFault("syntax error: missing '}'", true);
    if (name === "" || this.#next !== "}") throw new SyntaxFault("syntax error: bad substitution");
    this.#at++;
    return {
      type: "parameter",
      name,
      index,
      operator: isLength ? "length" : isKeys ? "keys" : isIndirect ? "indirect" : operator,
      word,
      isQuoted,
      ...(isLength && { word: [] }),
    };
  }

  /** Of an element: quotes around it are no part of it. */
  protected indexIn(text: string): Word {
    return this.quotedIn(text.replace(/^(["'])(.*)\1$/s, "$2"));
  }

  get #next(): string {
    return this.#text[this.#at] ?? "";
  }
}
