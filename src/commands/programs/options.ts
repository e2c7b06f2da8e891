/** The options of a program, as people write them: `-la`, `-n 5`, `-n5`, `--lines=5`. */

export interface Options {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  /** What is no option. */
  readonly rest: readonly string[];
}

/**
 * @param known letters and long names of flags, each followed by `:` where it takes a value
 * Throws an Error for others, in the words of the real commands.
 */
export function optionsIn(args: readonly string[], known: readonly string[]): Options {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest: string[] = [];
  const queue = [...args];
  const take = (name: string, shown: string, value: () => string | undefined): boolean => {
    if (known.includes(`${name}:`)) {
      const given = value();
      if (given === undefined) throw new Error(`option requires an argument: ${shown}`);
      values.set(name, given);
      return true;
    }
    if (!known.includes(name)) throw new Error(`unrecognized option: ${shown}`);
    flags.add(name);
    return false;
  };
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") {
      rest.push(...queue.splice(0));
    } else if (arg.startsWith("--")) {
      const [name = "", value] = arg.slice(2).split(/=(.*)/s, 2);
      take(name, arg, () => value ?? queue.shift());
    } else if (arg.startsWith("-") && arg.length > 1) {
      for (let i = 1; i < arg.length; i++) {
        const behind = arg.slice(i + 1);
        if (take(arg[i] ?? "", `-${arg[i]}`, () => behind || queue.shift())) break;
      }
    } else rest.push(arg);
  }
  return { flags, values, rest };
}
