/**
 * The args of a container are the parameters of its function: `--precision=2` is `{ precision: 2 }`. A value is read as
 * JSON where it parses and is text where it does not; a name alone is true; anything else is kept in order under `_`.
 */
export function parametersOf(args: readonly string[]): Record<string, unknown> {
  const parameters = new Map<string, unknown>();
  const others: string[] = [];
  for (const arg of args) {
    const [, name, , value] = /^--([^=]+)(=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) others.push(arg);
    else parameters.set(name, value === undefined ? true : readValue(value));
  }
  if (others.length > 0) parameters.set("_", others);
  // Own properties, whatever they are called: `--__proto__=…` is a name like any other.
  return Object.fromEntries(parameters);
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
