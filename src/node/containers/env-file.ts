/**
 * Files with variables, as an init container may leave them in an emptyDir for those after it (`valueFrom.fileKeyRef`). The format is
 * the strict one of Kubernetes 1.35 (`kubelet/util/env`): `NAME='value'`, in single quotes that may span lines, with comments.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";

/** In bytes. A file with variables is small, and is read while others wait. */
const largest = 64 * 1024;

/**
 * The text of a file below `folder`; undefined where there is none. Throws where it is too large, no file, or not in the folder: a
 * container may have left a link there.
 */
export function envFileText(folder: string, path: string): string | undefined {
  const place = join(folder, path);
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!realpathSync(place).startsWith(realpathSync(folder) + sep))
    throw new Error("it leads out of the volume");
  if (!found.isFile()) throw new Error("it is not a file");
  if (found.size > largest) throw new Error(`it has more than ${largest} bytes`);
  return readFileSync(place, "utf8");
}

/** The value of a variable; empty where the file has none of that name. Throws for what comes before it and is not of the format. */
export function valueInEnvFile(text: string, key: string): string {
  const lines = text.split(/\r?\n/);
  for (let number = 1; number <= lines.length; number++) {
    const line = lines[number - 1]?.replace(/^[ \t]+/, "") ?? "";
    if (line === "" || line.startsWith("#")) continue;
    const wrong = (problem: string, at = `at line ${number}`) =>
      new Error(`invalid environment variable format ${at}: ${problem}`);
    const [, name, isApart, value = ""] = /^([^=]*)=([ \t]*)(.*)$/.exec(line) ?? [];
    if (name === undefined) throw wrong("missing '='");
    if (name.trim() === "") throw wrong("empty variable name");
    if (/[ \t]$/.test(name)) throw wrong("whitespace before '=' is not allowed");
    // As a shell reads it: the variable is empty, and what follows is another word.
    if (isApart) {
      if (name === key) return "";
      continue;
    }
    if (!value.startsWith("'")) throw wrong("value must be enclosed in single quotes");
    const start = number;
    let rest = value.slice(1);
    while (!rest.includes("'")) {
      const next = lines[number++];
      if (next === undefined) throw wrong("unclosed single quote", `starting at line ${start}`);
      rest += `\n${next}`;
    }
    const end = rest.indexOf("'");
    if (/^[ \t]*[^ \t#]/.test(rest.slice(end + 1))) throw wrong("unexpected content after closing quote");
    if (name === key) return rest.slice(0, end);
  }
  return "";
}
