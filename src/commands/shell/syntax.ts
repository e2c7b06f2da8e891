/** What a script is made of, once it has been read (parse.ts): commands, and the words they consist of. */

export interface Script {
  readonly items: readonly { readonly command: Command; readonly isBackground: boolean }[];
}

export type Command =
  | SimpleCommand
  | { readonly type: "pipeline"; readonly commands: readonly Command[]; readonly isNegated: boolean }
  | { readonly type: "and" | "or"; readonly left: Command; readonly right: Command }
  | {
      readonly type: "group" | "subshell";
      readonly body: Script;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly type: "if";
      readonly branches: readonly { readonly test: Script; readonly body: Script }[];
      readonly otherwise: Script | undefined;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly type: "loop";
      /** It goes on as long as the test succeeds; with `until`, as long as it fails. */
      readonly isUntil: boolean;
      readonly test: Script;
      readonly body: Script;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly type: "for";
      readonly name: string;
      /** The arguments of the script where left out. */
      readonly words: readonly Word[] | undefined;
      readonly body: Script;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly type: "case";
      readonly word: Word;
      readonly branches: readonly { readonly patterns: readonly Word[]; readonly body: Script }[];
      readonly redirections: readonly Redirection[];
    }
  | {
      /** `for ((i = 0; i < 3; i++))` */
      readonly type: "counting";
      readonly first: Word;
      readonly test: Word;
      readonly step: Word;
      readonly body: Script;
      readonly redirections: readonly Redirection[];
    }
  | { readonly type: "arithmetic"; readonly word: Word; readonly redirections: readonly Redirection[] }
  | {
      readonly type: "condition";
      readonly condition: Condition;
      readonly redirections: readonly Redirection[];
    }
  | { readonly type: "function"; readonly name: string; readonly body: Command };

/** What stands in `[[ … ]]`. */
export type Condition =
  | { readonly type: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly type: "not"; readonly operand: Condition }
  | { readonly type: "unary"; readonly operator: string; readonly word: Word }
  | { readonly type: "binary"; readonly operator: string; readonly left: Word; readonly right: Word };

/** `name=value`, `name+=value`, `name[index]=value`. */
export interface Assignment {
  readonly name: string;
  readonly value: Word;
  readonly isAppended: boolean;
  readonly index: Word | undefined;
  /** `name=(value …)`, where some may have an index: `([key]=value …)`. */
  readonly elements: readonly { readonly index: Word | undefined; readonly value: Word }[] | undefined;
}

export interface SimpleCommand {
  readonly type: "simple";
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
}

export interface Redirection {
  readonly descriptor: number;
  readonly operator: "<" | ">" | ">>" | "<&" | ">&" | "<<";
  /** The file, the descriptor, or the text of a here-document. */
  readonly target: Word;
}

/** Parts in a row, which make one word or, where something is not quoted, several or none. */
export type Word = readonly WordPart[];

export type WordPart =
  | { readonly type: "text"; readonly text: string; readonly isQuoted: boolean }
  | {
      readonly type: "parameter";
      readonly name: string;
      /** Of an array: which element, or `@` or `*` for all. */
      readonly index: Word | "@" | "*" | undefined;
      /** As in `${name:-word}`, or `length`, `keys`, `indirect`; "" for the value alone. */
      readonly operator: string;
      readonly word: Word;
      readonly isQuoted: boolean;
    }
  | { readonly type: "substitution"; readonly script: Script; readonly isQuoted: boolean }
  | { readonly type: "arithmetic"; readonly word: Word; readonly isQuoted: boolean };

/** What is no script. `isIncomplete` where more text could make it one. */
export class SyntaxFault extends Error {
  readonly isIncomplete: boolean;

  constructor(message: string, isIncomplete = false) {
    super(message);
    this.name = "SyntaxFault";
    this.isIncomplete = isIncomplete;
  }
}
