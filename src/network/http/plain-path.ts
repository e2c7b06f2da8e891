/**
 * Paths as they are compared: two ways to write one path must not come under two rules, or a rule that guards a path could be walked around.
 * So escapes of letters that need none are read, `.` and `..` are carried out and slashes beside each other are one (RFC 3986, section 6.2.2,
 * and what nginx does). An escaped slash stays one: it is a part of a name, and a server behind us sees it so. What is sent on is the
 * path as it came, unless a filter rewrites it.
 */

/** Undefined: it climbs above the root. */
export function plainPath(path: string): string | undefined {
  if (!/%|\/\/|\/\./.test(path)) return path;
  const read = path.replace(/%[0-9a-f]{2}/gi, escaped => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase();
  });
  const kept: string[] = [];
  const elements = read.split("/");
  for (const [i, element] of elements.entries()) {
    const isLast = i === elements.length - 1;
    if (element === "..") {
      if (kept.length <= 1) return undefined;
      kept.pop();
    } else if (element !== "." && (element !== "" || i === 0 || isLast)) {
      kept.push(element);
      continue;
    }
    // `/a/..` is the folder: it ends with a slash.
    if (isLast) kept.push("");
  }
  return kept.join("/");
}

/** A prefix is compared element by element, so a slash at its end says nothing. */
export function plainPrefix(prefix: string): string {
  return prefix.replace(/\/+$/, "");
}

export function isUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
}
