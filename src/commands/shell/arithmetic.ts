/** `$((…))`: whole numbers, the operators of C, and variables, which may be assigned to. */

export interface Variables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** From what binds least to what binds most. */
const levels = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Throws an Error that says what is wrong with it. */
export function arithmetic(text: string, variables: Variables): number {
  const tokens =
    text.match(
      /0x[\da-f]+|\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%]=|[-+*/%<>!~&|^?:=()]|\S/gi,
    ) ?? [];
  let at = 0;
  const take = (...wanted: string[]): string | undefined => {
    const token = tokens[at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    at++;
    return token;
  };
  const fault = () => new Error(`arithmetic syntax error: ${text.trim()}`);
  const numberIn = (name: string): number => {
    const value = variables.get(name) ?? "";
    return value === "" ? 0 : /^-?\d+$/.test(value) ? Number(value) : arithmetic(value, variables);
  };
  const assign = (name: string, value: number): number => {
    variables.set(name, String(value));
    return value;
  };

  function ternary(): number {
    const test = level(0);
    if (!take("?")) return test;
    const yes = ternary();
    if (!take(":")) throw fault();
    const no = ternary();
    return test !== 0 ? yes : no;
  }

  function assignment(): number {
    const name = tokens[at] ?? "";
    const sign = tokens[at + 1] ?? "";
    if (!/^[A-Za-z_]/.test(name) || !/^[-+*/%]?=$/.test(sign)) return ternary();
    at += 2;
    const value = assignment();
    return assign(name, sign === "=" ? value : applied(sign.slice(0, -1), numberIn(name), value));
  }

  function level(index: number): number {
    const wanted = levels[index];
    if (!wanted) return unary();
    let left = level(index + 1);
    for (let operator = take(...wanted); operator !== undefined; operator = take(...wanted))
      left = applied(operator, left, level(index + 1));
    return left;
  }

  function unary(): number {
    switch (take("-", "+", "!", "~", "++", "--")) {
      case "-":
        return -unary();
      case "+":
        return unary();
      case "!":
        return unary() === 0 ? 1 : 0;
      case "~":
        return ~unary();
      case "++":
        return assign(tokens[at] ?? "", numberIn(tokens[at++] ?? "") + 1);
      case "--":
        return assign(tokens[at] ?? "", numberIn(tokens[at++] ?? "") - 1);
      default:
        return primary();
    }
  }

  function primary(): number {
    if (take("(")) {
      const value = assignment();
      if (!take(")")) throw fault();
      return value;
    }
    const token = tokens[at++] ?? "";
    if (/^\d/.test(token)) return Number(/^0\d/.test(token) ? `0o${token.slice(1)}` : token);
    if (!/^[A-Za-z_]/.test(token)) throw fault();
    const value = numberIn(token);
    if (take("++")) assign(token, value + 1);
    else if (take("--")) assign(token, value - 1);
    return value;
  }

  if (tokens.length === 0) return 0;
  const value = assignment();
  if (at < tokens.length || !Number.isFinite(value)) throw fault();
  return value;
}

function applied(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
    case "%":
      if (right === 0) throw new Error("arithmetic: division by zero");
      return operator === "/" ? Math.trunc(left / right) : left % right;
    case "<<":
      return left << right;
    case ">>":
      return left >> right;
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&&":
      return Number(left !== 0 && right !== 0);
    case "||":
      return Number(left !== 0 || right !== 0);
    case "==":
      return Number(left === right);
    case "!=":
      return Number(left !== right);
    case "<":
      return Number(left < right);
    case ">":
      return Number(left > right);
    case "<=":
      return Number(left <= right);
    default:
      return Number(left >= right);
  }
}
