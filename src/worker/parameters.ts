/**
 * The args of a container are the parameters of its function: `--precision=2` is `{ precision: 2 }`. A value is read as
 * JSON where it parses and is text where it does not; a name alone is true; anything else is kept in order under `_`.
 */
export function parametersOf(args: readonly string[]): Record<string, unknown> {
  // Without a prototype, so that `--__proto__=…` is a name like any other.
  const parameters: Record<string, unknown> = Object.create(null);
  const others: string[] = [];
  for (const arg of args) {
    const [, name, , value] = /^--([^=]+)(=([^]*))?$/.exec(arg) ?? [];
    if (name === undefined) others.push(arg);
    else parameters[name] = value === undefined ? true : valueOf(value);
  }
  if (others.length > 0) parameters._ = others;
  return parameters;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
