/** Whether a condition of `[[ … ]]` holds. */
import { matches } from "../pattern.ts";
import type { FindProgram, Io } from "../program.ts";
import { arithmetic } from "./arithmetic.ts";
import { type Expansion, expandPattern, expandText } from "./expand.ts";
import type { ShellState } from "./state.ts";
import type { Condition } from "./syntax.ts";

interface ConditionShell {
  readonly state: ShellState;
  readonly find: FindProgram;
  expansion(io: Io): Expansion;
}

/** Throws an Error for what is no number, and for what is no regular expression. */
export async function holds(condition: Condition, io: Io, shell: ConditionShell): Promise<boolean> {
  const { state, find } = shell;
  switch (condition.type) {
    case "and":
      return (await holds(condition.left, io, shell)) && holds(condition.right, io, shell);
    case "or":
      return (await holds(condition.left, io, shell)) || holds(condition.right, io, shell);
    case "not":
      return !(await holds(condition.operand, io, shell));
    case "unary": {
      const { operator } = condition;
      const text = await expandText(condition.word, shell.expansion(io));
      if (operator === "-n") return text !== "";
      if (operator === "-z") return text === "";
      if (operator === "-v") return state.get(text) !== undefined;
      const test = find("test", state.cwd);
      return (
        (await test?.({ ...io, args: [operator, text], env: state.environment(), cwd: state.cwd })) === 0
      );
    }
    case "binary": {
      const expansion = shell.expansion(io);
      const left = await expandText(condition.left, expansion);
      return compared(condition.operator, left, await expandPattern(condition.right, expansion), state);
    }
  }
}

/** @param pattern in which what was quoted is escaped */
function compared(operator: string, left: string, pattern: string, state: ShellState): boolean {
  const right = () => pattern.replaceAll(/\\([\s\S])/g, "$1");
  const [a, b] = operator.startsWith("-")
    ? [arithmetic(left || "0", state), arithmetic(right() || "0", state)]
    : [0, 0];
  switch (operator) {
    case "=":
    case "==":
      return matches(pattern, left);
    case "!=":
      return !matches(pattern, left);
    case "=~": {
      const found = new RegExp(posixClasses(pattern)).exec(left);
      if (found)
        state.setArray(
          "BASH_REMATCH",
          found.map(group => group ?? ""),
        );
      return found !== null;
    }
    case "<":
      return left < right();
    case ">":
      return left > right();
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
    case "-ge":
      return a >= b;
    default:
      throw new Error(`[[: ${operator}: not supported`);
  }
}

const classes: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  space: "\\s",
  upper: "A-Z",
};

function posixClasses(expression: string): string {
  return expression.replaceAll(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole);
}
