/** Patterns of the shell, `*.t?t` and `[a-z]`, as regular expressions: for names of files, `case` and `${name%pattern}`. */

/** @param isPath a `*` ends at a slash, and finds no name that begins with a dot */
export function patternSource(pattern: string, isPath = false): string {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? "";
    const [bracket, negated, members] =
      character === "[" ? (/^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(i)) ?? []) : [];
    if (bracket !== undefined) {
      const classes = (members ?? "").replaceAll(
        /\[:(\w+):\]?/g,
        (whole, name: string) => posix.get(name) ?? whole,
      );
      source += `[${negated ? "^" : ""}${classes.replaceAll(/[\\\]]/g, "\\$&")}]`;
      i += bracket.length - 1;
    } else if (character === "*") source += isPath ? (source === "" ? "(?!\\.)[^/]*" : "[^/]*") : "[\\s\\S]*";
    else if (character === "?") source += isPath ? "[^/]" : "[\\s\\S]";
    else if (character === "\\" && i + 1 < pattern.length) source += escaped(pattern[++i] ?? "");
    else source += escaped(character);
  }
  return source;
}

export function matches(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${patternSource(pattern)})$`).test(text);
}

export function hasWildcard(pattern: string): boolean {
  return /[*?]|\[.*\]/.test(pattern.replaceAll(/\\./g, ""));
}

/** So that it means itself in a pattern. */
export function asLiteral(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, "\\$&");
}

export function withoutEscapes(pattern: string): string {
  return pattern.replaceAll(/\\([\s\S])/g, "$1");
}

function escaped(character: string): string {
  return /[\w\s]/.test(character) ? character : `\\${character}`;
}

const posix: ReadonlyMap<string, string> = new Map([
  ["digit", "0-9"],
  ["alpha", "A-Za-z"],
  ["alnum", "A-Za-z0-9"],
  ["upper", "A-Z"],
  ["lower", "a-z"],
  ["space", " \\t\\n\\r\\f\\v"],
]);
