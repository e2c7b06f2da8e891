/** `grep`: the lines that a regular expression of POSIX finds, read as one of JavaScript. */
import { type Invocation, print } from "../program.ts";
import { textsOf } from "./files/index.ts";
import { optionsIn } from "./options.ts";

export async function grep(call: Invocation): Promise<number> {
  const known = [
    "i",
    "v",
    "c",
    "q",
    "n",
    "o",
    "E",
    "F",
    "G",
    "w",
    "x",
    "l",
    "h",
    "s",
    "r",
    "e:",
    "m:",
    "A:",
    "B:",
  ];
  const { flags, values, rest } = optionsIn(call.args, known);
  const given = values.get("e");
  const [pattern = "", ...paths] = given === undefined ? rest : [given, ...rest];
  const source = flags.has("F")
    ? pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
    : flags.has("E")
      ? posix(pattern)
      : posix(basic(pattern));
  const bounded = flags.has("x") ? `^(?:${source})$` : flags.has("w") ? `\\b(?:${source})\\b` : source;
  const search = new RegExp(bounded, flags.has("i") ? "gi" : "g");
  const most = Number(values.get("m") ?? Number.POSITIVE_INFINITY);
  let isFound = false;
  const { texts, status } = await textsOf("grep", paths, call);
  for (const { path, text } of texts) {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    const front = paths.length > 1 && !flags.has("h") ? `${path}:` : "";
    let count = 0;
    for (const [i, line] of lines.entries()) {
      const hits = line.match(search);
      if ((hits !== null) === flags.has("v") || count >= most) continue;
      count++;
      if (flags.has("q") || flags.has("c") || flags.has("l")) continue;
      const shown = flags.has("o") ? (hits ?? []) : [line];
      for (const each of shown)
        await print(call.stdout, `${front}${flags.has("n") ? `${i + 1}:` : ""}${each}\n`);
    }
    if (count > 0) isFound = true;
    if (flags.has("c")) await print(call.stdout, `${front}${count}\n`);
    if (flags.has("l") && count > 0) await print(call.stdout, `${path}\n`);
  }
  if (status !== 0 && !(isFound && flags.has("q"))) return 2;
  return isFound ? 0 : 1;
}

/** In basic expressions some signs mean themselves, and have their meaning behind a backslash. */
function basic(pattern: string): string {
  return pattern.replaceAll(/\\?[(){}|+?]/g, sign => (sign.startsWith("\\") ? sign.slice(1) : `\\${sign}`));
}

function posix(pattern: string): string {
  return pattern
    .replaceAll("[[:space:]]", "\\s")
    .replaceAll("[[:digit:]]", "\\d")
    .replaceAll("[[:alnum:]]", "[A-Za-z0-9]")
    .replaceAll("[[:alpha:]]", "[A-Za-z]");
}
