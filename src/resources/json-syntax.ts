/** What Go's decoder says of a text that is no JSON: clients print it, and users search for it. */

/** Undefined where the text is JSON. */
export function jsonSyntaxFault(text: string): string | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.value();
    scanner.end();
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
}

class SyntaxFault extends Error {}

const literals: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

/** Goes through the text once. Containers are counted, not called for: a text may be nested deeper than the stack bears. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): void {
    const open: string[] = [];
    do {
      if (!this.#start(open)) continue;
      while (open.length > 0 && !this.#next(open));
    } while (open.length > 0);
  }

  end(): void {
    this.#blank();
    if (this.#at < this.#text.length) throw this.#stray("after top-level value");
  }

  /** Reads a value, or the beginning of a list or an object. True where it is complete. */
  #start(open: string[]): boolean {
    const first = this.#blank();
    if (first === "{" || first === "[") {
      this.#at++;
      const close = first === "{" ? "}" : "]";
      if (this.#blank() === close) {
        this.#at++;
        return true;
      }
      open.push(close);
      if (close === "}") this.#key();
      return false;
    }
    if (first === '"') this.#string();
    else if (literals[first] !== undefined) this.#literal(literals[first]);
    else if (/[-0-9]/.test(first)) this.#number();
    else throw this.#stray("looking for beginning of value");
    return true;
  }

  /** After a value in a list or an object. True where that is complete too; false where another value follows. */
  #next(open: string[]): boolean {
    const close = open.at(-1);
    const after = this.#blank();
    if (after === close) {
      this.#at++;
      open.pop();
      return open.length === 0;
    }
    if (after !== ",")
      throw this.#stray(close === "}" ? "after object key:value pair" : "after array element");
    this.#at++;
    if (close === "}") this.#key();
    return true;
  }

  #key(): void {
    if (this.#blank() !== '"') throw this.#stray("looking for beginning of object key string");
    this.#string();
    if (this.#blank() !== ":") throw this.#stray("after object key");
    this.#at++;
  }

  #string(): void {
    for (this.#at++; this.#char() !== '"'; this.#at++) {
      if (this.#char() < " ") throw this.#stray("in string literal");
      if (this.#char() !== "\\") continue;
      this.#at++;
      if (this.#char() === "u") {
        for (let i = 0; i < 4; i++) {
          this.#at++;
          if (!/[0-9a-fA-F]/.test(this.#char())) throw this.#stray("in \\u hexadecimal character escape");
        }
      } else if (!/["\\/bfnrt]/.test(this.#char())) throw this.#stray("in string escape code");
    }
    this.#at++;
  }

  #literal(word: string): void {
    for (let i = 1; i < word.length; i++) {
      this.#at++;
      if (this.#char() !== word[i])
        throw this.#stray(`in literal ${word} (expecting ${quotedChar(word.charAt(i))})`);
    }
    this.#at++;
  }

  #number(): void {
    if (this.#text[this.#at] === "-") {
      this.#at++;
      if (!/\d/.test(this.#char())) throw this.#stray("in numeric literal");
    }
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits();
    if (this.#text[this.#at] === ".") {
      this.#at++;
      if (!/\d/.test(this.#char())) throw this.#stray("after decimal point in numeric literal");
      this.#digits();
    }
    if (!/^[eE]$/.test(this.#text[this.#at] ?? "")) return;
    this.#at++;
    if (/[+-]/.test(this.#char())) this.#at++;
    if (!/\d/.test(this.#char())) throw this.#stray("in exponent of numeric literal");
    this.#digits();
  }

  #digits(): void {
    while (/^\d$/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  /** The next character that is no blank; "" at the end only after a whole value. */
  #blank(): string {
    while (/^[ \t\r\n]$/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at] ?? "";
  }

  #char(): string {
    const char = this.#text[this.#at];
    if (char === undefined) throw new SyntaxFault("unexpected end of JSON input");
    return char;
  }

  #stray(where: string): SyntaxFault {
    return new SyntaxFault(`invalid character ${quotedChar(this.#char())} ${where}`);
  }
}

function quotedChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}
