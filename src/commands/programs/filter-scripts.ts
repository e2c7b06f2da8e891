/**
 * Scripts of awk and sed name files as well, and commands. Paths that stand in them are led to their places. A command would be run by
 * the machine, and knows nothing of the container: it is refused.
 */
export type ScriptKind = "awk" | "sed" | "jq";

/** Throws an Error where the script runs a command. */
export function scriptAt(kind: ScriptKind, text: string, toPlace: (path: string) => string): string {
  if (kind === "awk") return awkScript(text, toPlace);
  return kind === "sed" ? sedScript(text, toPlace) : text;
}

/** Texts, patterns, comments, and what is between them. */
const awkTokens =
  /"(?:[^"\\\n]|\\[\s\S])*"|(?<=(?:^|[(,!~{;&|\n])[ \t]*)\/(?:[^/\\\n]|\\.)+\/|#[^\n]*|[^"/#]+|[\s\S]/g;

/** `getline < "/file"`, `print > "/file"`, `close("/file")`; refused are `system(…)`, `"command" | getline` and `print | "command"`. */
function awkScript(text: string, toPlace: (path: string) => string): string {
  let before = "";
  let led = "";
  for (const [token] of text.matchAll(awkTokens)) {
    const isText = token.startsWith('"');
    const isPattern = token.length > 1 && token.startsWith("/");
    const isCode = !isText && !isPattern && !token.startsWith("#");
    if (isCode && /\bsystem\s*\(|(^|[^|])\|&?\s*getline\b/.test(token)) throw refused("awk");
    if (!isCode) {
      const isCommand = isText && /(^|[^|])\|&?\s*$/.test(before);
      if (isCommand) throw refused("awk");
    }
    const isFile = isText && /(>|<|\bclose\s*\()\s*$/.test(before);
    led += isFile && token.startsWith('"/') ? JSON.stringify(toPlace(token.slice(1, -1))) : token;
    before = isCode ? token : "";
  }
  return led;
}

/** `r FILE` and `w FILE` reach to the end of their line. Refused is `e`, the command and the flag of `s`. */
function sedScript(text: string, toPlace: (path: string) => string): string {
  return text
    .split("\n")
    .map(line => {
      const runs =
        /^[\s{]*(?:[\d$]+|\/(?:[^/\\]|\\.)*\/I?)?(?:,(?:[+~]?[\d$]+|\/(?:[^/\\]|\\.)*\/I?))?\s*!?\s*e(?:\s|$)/;
      if (
        runs.test(line) ||
        /(^|[\s;{/\d$])s([^\w\s\\])(?:(?!\2).)*\2(?:(?!\2).)*\2[gpiIm\d]*e[gpiIm\d]*\s*(?:[;}]|$)/.test(line)
      )
        throw refused("sed");
      return line.replace(
        /((?:^|[\s;{}!/\d$])[rRwW]\s*|\bs([^\w\s\\])(?:(?!\2).)*\2(?:(?!\2).)*\2[gpiIm\d]*w\s*)(\/\S*[^\s/;}])$/,
        (_, start: string, _delimiter, path: string) => start + toPlace(path),
      );
    })
    .join("\n");
}

function refused(name: string): Error {
  return new Error(`${name}: a script cannot run commands in this container`);
}
