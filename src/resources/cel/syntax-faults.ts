/**
 * What is wrong with the syntax of an expression, in the words of cel-go, whose parser tells what it would have taken instead. The first
 * mistake is told, and what cannot be read at all; after a mistake cel-go's parser guesses how it goes on, and often tells of more.
 */
export interface Fault {
  readonly sentence: string;
  /** Where in the expression: an offset. */
  readonly place: number;
}

interface Token {
  readonly text: string;
  readonly place: number;
  readonly kind: "operand" | "operator" | "other";
}

const texts = String.raw`[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')`;
const numbers = String.raw`0x[0-9a-fA-F]+u?|\d*\.\d+(?:[eE][+-]?\d+)?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?`;
const reading = new RegExp(
  `(?<skipped>\\s+|//[^\\n]*)|(?<operand>${texts}|${numbers}|[A-Za-z_]\\w*|\`[^\`\\n]+\`)|(?<operator>==|!=|<=|>=|&&|\\|\\||[-+*/%<>?])|(?<other>[!.,:()[\\]{}])`,
  "y",
);

/** In the order in which they stand. */
export function syntaxFaults(source: string): Fault[] {
  const faults: Fault[] = [];
  const tokens = tokensOf(source, faults);
  const mistake = new Reader(tokens, source.length).mistake();
  return [...faults, ...mistake].sort((one, other) => one.place - other.place);
}

function tokensOf(source: string, faults: Fault[]): Token[] {
  const tokens: Token[] = [];
  for (let place = 0; place < source.length; ) {
    reading.lastIndex = place;
    const { operand, operator, other, skipped } = reading.exec(source)?.groups ?? {};
    const text = operand ?? operator ?? other ?? skipped;
    if (text === undefined) {
      const unread = unreadable(source, place);
      faults.push({ sentence: `Syntax error: token recognition error at: '${unread}'`, place });
      place += unread.length;
      continue;
    }
    if (operand !== undefined && operand !== "in") tokens.push({ text, place, kind: "operand" });
    else if (operator !== undefined || operand === "in") tokens.push({ text, place, kind: "operator" });
    else if (other !== undefined) tokens.push({ text, place, kind: "other" });
    place += text.length;
  }
  return tokens;
}

/** A text without an end is unreadable as a whole; half an operator takes the character with it that is not its other half. */
function unreadable(source: string, place: number): string {
  const [first = ""] = source.slice(place);
  if (first === '"' || first === "'") return /^[^\n\r]*/.exec(source.slice(place))?.[0] ?? first;
  return "=&|".includes(first) ? source.slice(place, place + 2) : first;
}

const afterwards = [
  ...["'true'", "'false'", "'null'", "NUM_FLOAT", "NUM_INT", "NUM_UINT"],
  ...["STRING", "BYTES", "IDENTIFIER"],
];

/** What may begin an operand; after an opening bracket also what may end it. */
function operands(open: string | undefined): string {
  const marks: Readonly<Record<string, readonly string[]>> = {
    "[": ["'['", "']'", "'{'", "'('", "'.'", "','", "'-'", "'!'", "'?'"],
    "{": ["'['", "'{'", "'}'", "'('", "'.'", "','", "'-'", "'!'", "'?'"],
    "call(": ["'['", "'{'", "'('", "')'", "'.'", "'-'", "'!'"],
  };
  const usual = ["'['", "'{'", "'('", "'.'", "'-'", "'!'"];
  return `{${[...(marks[open ?? ""] ?? usual), ...afterwards].join(", ")}}`;
}

const endOf: Readonly<Record<string, string>> = { "(": ")", "call(": ")", "[": "]", "index[": "]", "{": "}" };

/** Goes through the tokens with the brackets that are open, and knows at each whether an operand or an operator is due. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #open: string[] = [];
  #isOperandDue = true;
  /** The bracket, comma or dot right before, after which there is nothing yet. */
  #fresh: string | undefined;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  mistake(): Fault[] {
    for (const [i, token] of this.#tokens.entries()) {
      const next = this.#tokens[i + 1];
      const fault = this.#isOperandDue ? this.#operand(token, next) : this.#operator(token, next, i);
      if (fault === undefined) continue;
      const isLast = this.#isOperandDue && next === undefined;
      return isLast ? [fault, ...this.#unfinished()] : [fault];
    }
    return this.#unfinished();
  }

  /** What is missing at the end. */
  #unfinished(): Fault[] {
    const place = this.#end;
    const open = this.#open.at(-1);
    if (this.#isOperandDue)
      return [
        { sentence: `Syntax error: mismatched input '<EOF>' expecting ${operands(this.#fresh)}`, place },
      ];
    if (open === undefined) return [];
    const end = endOf[open];
    if (open === "[" || open === "{")
      return [{ sentence: `Syntax error: mismatched input '<EOF>' expecting {'${end}', ','}`, place }];
    return [{ sentence: `Syntax error: missing '${end}' at '<EOF>'`, place }];
  }

  #operand(token: Token, next: Token | undefined): Fault | undefined {
    const { text, place, kind } = token;
    const fresh = this.#fresh;
    this.#fresh = undefined;
    if (kind === "operand") {
      this.#isOperandDue = false;
      return undefined;
    }
    if (text === "-" || text === "!" || text === ".") return undefined;
    if (text === "?" && fresh !== undefined && ".[index[{".includes(fresh)) return undefined;
    if (text === "(" || text === "[" || text === "{") {
      this.#open.push(text);
      this.#fresh = text;
      return undefined;
    }
    const open = this.#open.at(-1);
    const closes = open !== undefined && endOf[open] === text;
    const mayBeEmpty = fresh === "call(" || fresh === "[" || fresh === "{";
    const afterComma = fresh === "," && (open === "[" || open === "{");
    if (closes && (mayBeEmpty || afterComma)) {
      this.#open.pop();
      this.#isOperandDue = false;
      return undefined;
    }
    const isInTheWay = next !== undefined && (next.kind === "operand" || "([{-!.".includes(next.text));
    const word = isInTheWay ? "extraneous" : "mismatched";
    return { sentence: `Syntax error: ${word} input '${text}' expecting ${operands(fresh)}`, place };
  }

  #operator({ text, place, kind }: Token, next: Token | undefined, i: number): Fault | undefined {
    const open = this.#open.at(-1);
    if (text === ".") {
      const name = next?.text === "?" ? this.#tokens[i + 2] : next;
      if (name && /^[A-Za-z_`]/.test(name.text)) {
        this.#isOperandDue = true;
        this.#fresh = ".";
        return undefined;
      }
      const rest = name && name === next ? name.text : "";
      return {
        sentence: `Syntax error: no viable alternative at input '.${rest}'`,
        place: name?.place ?? this.#end,
      };
    }
    if (text === "(" || text === "[") {
      const before = this.#tokens[i - 1]?.text ?? "";
      if (text === "[" || /^[A-Za-z_]\w*$/.test(before)) {
        this.#open.push(text === "(" ? "call(" : "index[");
        this.#fresh = this.#open.at(-1);
        this.#isOperandDue = true;
        return undefined;
      }
    }
    if (open !== undefined && endOf[open] === text) {
      this.#open.pop();
      return undefined;
    }
    if (
      (text === "," && open !== undefined && open !== "(" && open !== "index[") ||
      (text === ":" && open !== "(")
    ) {
      this.#fresh = text === "," ? "," : undefined;
      this.#isOperandDue = true;
      return undefined;
    }
    if (kind === "operator" || text === ":") {
      this.#isOperandDue = true;
      return undefined;
    }
    const expected = open === undefined ? "<EOF>" : `'${endOf[open]}'`;
    const isInTheWay = open === undefined ? next === undefined : next?.text === endOf[open];
    const word = isInTheWay ? "extraneous" : "mismatched";
    this.#isOperandDue = false;
    return { sentence: `Syntax error: ${word} input '${text}' expecting ${expected}`, place };
  }
}
