/**
 * `test`, and `[`, which is the same with a `]` at its end: whether something is so of files, texts and numbers. It reads its
 * words from left to right, as the grammar of POSIX has them: `-o` over `-a` over one condition.
 */
import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Invocation, type Program, print } from "../program.ts";
import { describe } from "../reasons.ts";

export const conditionPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["[", bracket],
  ["test", tested],
]);

async function tested(call: Invocation): Promise<number> {
  try {
    return await test(call);
  } catch (error) {
    await print(call.stderr, `${describe(error)}\n`);
    return 2;
  }
}

async function bracket(call: Invocation): Promise<number> {
  if (call.args.at(-1) === "]") return tested({ ...call, args: call.args.slice(0, -1) });
  await print(call.stderr, "[: missing ]\n");
  return 2;
}

/** 0 where it is so, 1 where it is not. Throws for what is no condition. */
async function test({ args, cwd }: Invocation): Promise<number> {
  const words = [...args];
  const isFile = async (option: string, path: string) => {
    const found = await (option === "L" || option === "h" ? lstat : stat)(resolve(cwd, path)).catch(
      () => undefined,
    );
    if (!found) return false;
    switch (option) {
      case "d":
        return found.isDirectory();
      case "f":
        return found.isFile();
      case "s":
        return found.size > 0;
      case "L":
      case "h":
        return found.isSymbolicLink();
      case "r":
      case "w":
      case "x": {
        const mode = { r: constants.R_OK, w: constants.W_OK, x: constants.X_OK }[option];
        return access(resolve(cwd, path), mode).then(
          () => true,
          () => false,
        );
      }
      default:
        return true;
    }
  };
  const either = async (): Promise<boolean> => {
    let value = await both();
    while (words[0] === "-o") {
      words.shift();
      value = (await both()) || value;
    }
    return value;
  };
  const both = async (): Promise<boolean> => {
    let value = await one();
    while (words[0] === "-a") {
      words.shift();
      value = (await one()) && value;
    }
    return value;
  };
  const one = async (): Promise<boolean> => {
    const first = words.shift();
    if (first === undefined) return false;
    if (binary.has(words[0] ?? "") && words.length > 1) {
      const [operator = "", right = ""] = words.splice(0, 2);
      return binary.get(operator)?.(first, right) ?? false;
    }
    if (first === "!") return !(await one());
    if (first === "(") {
      const value = await either();
      if (words.shift() !== ")") throw new Error("test: closing paren expected");
      return value;
    }
    if (words.length === 0) return first !== "";
    if (first === "-z") return words.shift() === "";
    if (first === "-n") return words.shift() !== "";
    if (first === "-t") return words.shift() === undefined;
    if (/^-[a-zA-Z]$/.test(first)) return isFile(first.slice(1), words.shift() ?? "");
    throw new Error(`test: ${words[0]}: unknown operand`);
  };
  const value = await either();
  if (words.length > 0) throw new Error(`test: ${words[0]}: unknown operand`);
  return value ? 0 : 1;
}

const compared = (compare: (left: number, right: number) => boolean) => (left: string, right: string) => {
  const wrong = [left, right].find(text => !/^\s*[-+]?\d+\s*$/.test(text));
  if (wrong !== undefined) throw new Error(`test: ${wrong}: bad number`);
  return compare(Number(left), Number(right));
};
const binary: ReadonlyMap<string, (left: string, right: string) => boolean> = new Map([
  ["=", (left, right) => left === right],
  ["==", (left, right) => left === right],
  ["!=", (left, right) => left !== right],
  ["-eq", compared((left, right) => left === right)],
  ["-ne", compared((left, right) => left !== right)],
  ["-lt", compared((left, right) => left < right)],
  ["-le", compared((left, right) => left <= right)],
  ["-gt", compared((left, right) => left > right)],
  ["-ge", compared((left, right) => left >= right)],
]);
