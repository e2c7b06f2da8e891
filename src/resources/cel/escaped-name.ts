/** How a field is called in an expression: `a-b` is `a__dash__b`, `namespace` is `__namespace__`. Kubernetes' rules. */

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** What the parser takes for something else, wherever it stands. */
const symbols: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);

/** All names under which a field is known: behind a dot a keyword such as `namespace` is as good as its escaped form. */
export function fieldNames(name: string): string[] {
  const escaped = escapedName(name);
  if (escaped === undefined) return [];
  return reserved.has(name) && !symbols.has(name) ? [escaped, name] : [escaped];
}

/** Undefined for a name that cannot be written in an expression. */
function escapedName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const escaped = name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
  return /^[A-Za-z_]\w*$/.test(escaped) ? escaped : undefined;
}
