/** Reads what only ash and bash have: `[[ … ]]`, in which words are not split and patterns are compared, and `(( … ))`. */
import { TokenReader } from "./parse-token.ts";
import type { Command, Condition, Word } from "./syntax.ts";

const binary = /^(==|=~|=|!=|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))(?=[\s"'$])/;

export abstract class ConditionReader extends TokenReader {
  condition(): Command {
    this.takeWord("[[");
    const condition = this.#either();
    this.lines();
    if (!this.#isOver) throw this.unexpected("]]");
    this.skip(2);
    return { type: "condition", condition, redirections: this.redirections() };
  }

  /** Undefined where it is a subshell in a subshell. */
  arithmeticCommand(): Command | undefined {
    if (!this.rest.startsWith("((")) return undefined;
    const word = this.arithmetic(2);
    return word && { type: "arithmetic", word, redirections: this.redirections() };
  }

  #either(): Condition {
    let left = this.#both();
    for (; this.#next("||"); left = { type: "or", left, right: this.#both() }) this.skip(2);
    return left;
  }

  #both(): Condition {
    let left = this.#one();
    for (; this.#next("&&"); left = { type: "and", left, right: this.#one() }) this.skip(2);
    return left;
  }

  #one(): Condition {
    this.lines();
    if (/^!\s/.test(this.rest)) {
      this.skip(1);
      return { type: "not", operand: this.#one() };
    }
    if (this.rest.startsWith("(")) {
      this.skip(1);
      const inner = this.#either();
      this.expect(")");
      return inner;
    }
    if (this.#isOver) throw this.unexpected();
    const [option] = /^-[a-zA-Z](?=\s+(?!\]\]|&&|\|\||=))/.exec(this.rest) ?? [];
    if (option !== undefined) {
      this.skip(option.length);
      return { type: "unary", operator: option, word: this.word() };
    }
    const left = this.word();
    this.blank();
    const [operator] = binary.exec(this.rest) ?? [];
    if (operator === undefined) return { type: "unary", operator: "-n", word: left };
    this.skip(operator.length);
    return { type: "binary", operator, left, right: operator === "=~" ? this.#expression() : this.word() };
  }

  /** A regular expression may have parentheses and bars in it. */
  #expression(): Word {
    this.blank();
    const { rest } = this;
    let [depth, length] = [0, 0];
    for (; length < rest.length && depth >= 0; length++) {
      const character = rest[length] ?? "";
      if (depth === 0 && /[\s)]/.test(character)) break;
      if (character === "\\") length++;
      else if (character === "(") depth++;
      else if (character === ")") depth--;
    }
    const behind = rest.length - length;
    return this.parts(() => this.left <= behind);
  }

  #next(operator: string): boolean {
    this.lines();
    return this.rest.startsWith(operator);
  }

  get #isOver(): boolean {
    return /^\]\](?=[\s;&|)<>]|$)/.test(this.rest);
  }
}
