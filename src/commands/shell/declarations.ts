/** The commands of the shell that declare variables, fill arrays and compute: `declare`, `local`, `readarray`, `let`, `getopts`. */
import { linesOf } from "../program.ts";
import { arithmetic } from "./arithmetic.ts";
import type { BuiltinCall } from "./builtin.ts";

/** `declare -A map`, `local name=value`: in a function it is the function's own. */
export function declare({ args, shell: { state } }: BuiltinCall): number {
  const options = args.filter(arg => /^[-+][a-zA-Z]+$/.test(arg)).join("");
  for (const arg of args.filter(each => !/^[-+][a-zA-Z]+$/.test(each))) {
    const [name = "", value] = pairIn(arg);
    if (!options.includes("g")) state.makeLocal(name);
    if (options.includes("A")) state.setArray(name, [], true);
    else if (options.includes("a") && !state.arrays.has(name)) state.setArray(name, []);
    if (value !== undefined)
      state.set(name, options.includes("i") ? String(arithmetic(value, state)) : value);
    if (options.includes("x")) state.exported.add(name);
  }
  return 0;
}

export function pairIn(arg: string): readonly [string, string | undefined] {
  const end = arg.indexOf("=");
  const [name, value] = end < 0 ? [arg, undefined] : [arg.slice(0, end), arg.slice(end + 1)];
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`${name}: bad variable name`);
  return [name, value];
}

/** 1 where the last one is zero. */
export function compute({ args, shell: { state } }: BuiltinCall): number {
  const values = args.map(arg => arithmetic(arg, state));
  return values.at(-1) === 0 ? 1 : 0;
}

/** `readarray -t NAME`: the lines that come in. */
export async function readArray({ args, shell: { state }, io }: BuiltinCall): Promise<number> {
  const name = args.find(arg => !arg.startsWith("-")) ?? "MAPFILE";
  const lines: string[] = [];
  for await (const line of linesOf([io.stdin])) lines.push(args.includes("-t") ? line : `${line}\n`);
  state.setArray(name, lines);
  return 0;
}

/** `getopts OPTIONS NAME`: the next option of the script, with OPTIND and OPTARG. */
export function getOptions({ args, shell: { state } }: BuiltinCall): number {
  const [known = "", name = "opt", ...given] = args;
  const all = given.length > 0 ? given : state.args;
  const index = Number(state.get("OPTIND") ?? 1);
  const word = all[index - 1] ?? "";
  const at = state.optionAt || 1;
  state.variables.delete("OPTARG");
  if (!/^-./.test(word) || word === "--") {
    state.set("OPTIND", String(word === "--" ? index + 1 : index));
    state.set(name, "?");
    return 1;
  }
  const letter = word[at] ?? "";
  const isKnown = letter !== ":" && known.includes(letter);
  const takes = isKnown && known[known.indexOf(letter) + 1] === ":";
  const isLast = at + 1 >= word.length;
  state.optionAt = takes || isLast ? 0 : at + 1;
  const behind = isLast ? all[index] : word.slice(at + 1);
  if (takes && behind !== undefined) state.set("OPTARG", behind);
  if (!isKnown || (takes && behind === undefined)) state.set("OPTARG", letter);
  state.set(
    name,
    !isKnown ? "?" : takes && behind === undefined ? (known.startsWith(":") ? ":" : "?") : letter,
  );
  state.set("OPTIND", String(index + (takes && isLast ? 2 : takes || isLast ? 1 : 0)));
  return 0;
}
