/**
 * Values out of texts that were written to do harm: nested so deep that whatever walks over them runs out of stack, or, in YAML,
 * made of aliases of aliases, so that a few lines stand for millions of values.
 */

/** Far more than any object of Kubernetes has, and far less than the stack bears. */
const maxDepth = 500;
/** As many values as a body of the largest size can write out. */
const maxValues = 1_500_000;

/** The value that `parse` reads. Throws a RangeError where it is nested too deep, or stands for too much. */
export function boundedValue(text: string, parse: (text: string) => unknown): unknown {
  const value = parse(text);
  // What is shorter has no room for harm: each level takes a character, and an alias two.
  const mayHoldHalves = /\\[uU]/.test(text);
  if (text.length > maxDepth || mayHoldHalves || /\*/.test(text)) assertBounded(value, mayHoldHalves);
  return value;
}

/** In YAML an escape for half a character is refused, as go-yaml does; in JSON it was replaced. */
function assertBounded(root: unknown, mayHoldHalves: boolean): void {
  // A stack of our own: the program's is what is to be spared.
  const levels: Iterator<unknown>[] = [[root].values()];
  let values = 0;
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const { value, done } = level.next();
    if (done) levels.pop();
    else if (++values > maxValues) throw new RangeError("document contains excessive aliasing");
    else if (typeof value === "string") {
      if (mayHoldHalves && half.test(value))
        throw new SyntaxError("found invalid Unicode character escape code");
    } else if (typeof value === "object" && value !== null) {
      if (levels.length > maxDepth) throw new RangeError("exceeded max depth");
      levels.push(Object.values(value).values());
      if (mayHoldHalves) levels.push(Object.keys(value).values());
    }
  }
}

const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
