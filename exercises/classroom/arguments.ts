/** What the person wants: the arguments of `npm run exercise --`, read as a whole before anything is done. */

export type Wish =
  | { readonly do: "help" | "list" }
  /** Show the exercise and watch the file; the next one where none is named. */
  | { readonly do: "work" | "hint"; readonly exercise?: string }
  | { readonly do: "reset"; readonly exercise: string }
  /** Check one or all, once, and write the results. */
  | {
      readonly do: "check";
      readonly exercise?: string;
      /** Another folder of learner's files. */
      readonly work?: string;
      readonly results?: string;
    };

/** The person asked for something that there is not; the message says what there is. */
export class UsageError extends Error {}

export const usage = `npm run exercise                    where you are, the next exercise, and a check each time you save
npm run exercise -- 4               the same for exercise 4 (its name works too: errors)
npm run exercise -- hint [4]        a hint for the next exercise, or for exercise 4
npm run exercise -- reset 4         begin exercise 4 again (what you wrote is kept beside it)
npm run exercise -- list            all exercises, and how far you are
npm run exercise -- check           check all once, and write exercises/results.json;
                                    ends with exit code 1 if anything fails
npm run exercise -- check 4         check exercise 4 once
       check --work DIR             … files of this folder instead of exercises/work
       check --results FILE         … and write the results there
npm run exercise -- --help          this text`;

export function parseArguments(given: readonly string[]): Wish {
  const [first, ...rest] = given;
  if (first === undefined) return { do: "work" };
  switch (first.replace(/^--?/, "")) {
    case "help":
    case "h":
      return nothingMore("help", rest);
    case "list":
      return nothingMore("list", rest);
    case "hint":
      return { do: "hint", ...atMostOne("hint", rest) };
    case "reset": {
      const { exercise } = atMostOne("reset", rest);
      if (exercise === undefined) {
        throw new UsageError("reset: which exercise? Write for instance: npm run exercise -- reset 4");
      }
      return { do: "reset", exercise };
    }
    case "check":
      return parseCheck(rest);
    default:
      if (first.startsWith("-")) throw new UsageError(`there is no option ${first}`);
      return { do: "work", ...atMostOne(first, given) };
  }
}

function parseCheck(rest: readonly string[]): Wish {
  const options: { work?: string; results?: string } = {};
  const names: string[] = [];
  for (let index = 0; index < rest.length; index++) {
    const argument = rest[index] as string;
    if (!argument.startsWith("-")) names.push(argument);
    else {
      const [name, inline] = argument.split(/=(.*)/s);
      if (name !== "--work" && name !== "--results")
        throw new UsageError(`check: there is no option ${name}`);
      const value = inline ?? rest[++index];
      if (!value)
        throw new UsageError(`check: ${name} needs a ${name === "--work" ? "folder" : "file"} after it`);
      options[name === "--work" ? "work" : "results"] = value;
    }
  }
  return { do: "check", ...atMostOne("check", names), ...options };
}

function nothingMore(wish: "help" | "list", rest: readonly string[]): Wish {
  if (rest.length > 0) throw new UsageError(`${wish}: what does "${rest.join(" ")}" mean here?`);
  return { do: wish };
}

function atMostOne(wish: string, names: readonly string[]): { exercise?: string } {
  if (names.length > 1) throw new UsageError(`${wish}: one exercise at a time, not "${names.join(" ")}"`);
  return names[0] === undefined ? {} : { exercise: names[0] };
}
