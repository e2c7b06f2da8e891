/**
 * The programs of the machine that a container with a root folder of its own may run: those that only read what they are given, and print.
 * They know nothing of the container's files, so each path among their arguments becomes the place where it lies; which arguments are
 * paths is known of these programs, and of no others.
 */
import { posix } from "node:path";
import type { PlaceOf } from "../../worker/index.ts";
import { type Invocation, type Program, print } from "../program.ts";
import { describe } from "../reasons.ts";
import { programFile, run } from "./machine.ts";

interface Filter {
  /** Its first operand is a script, unless an option gives one. */
  readonly hasScript?: true;
  /** None of its arguments is a path. */
  readonly hasNoPaths?: true;
  /** Options whose value is in the next argument, and is no path. */
  readonly valued?: string;
}

const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...["awk", "gawk", "mawk"].map(name => [name, { hasScript: true, valued: "-v -F -e" }] as const),
  ["sed", { hasScript: true, valued: "-e -l" }],
  ["jq", { hasScript: true, valued: "--indent" }],
  ["sort", { valued: "-t -k -S" }],
  ["cut", { valued: "-d -f -c -b --output-delimiter" }],
  ["paste", { valued: "-d" }],
  ["join", { valued: "-t -1 -2 -j -o -a -e" }],
  ["column", { valued: "-s -o -c" }],
  ["uniq", { valued: "-f -s -w" }],
  ["od", { valued: "-A -t -j -N -w" }],
  ["xxd", { valued: "-l -s -c -g" }],
  ["hexdump", { valued: "-n -s -e" }],
  ["fold", { valued: "-w" }],
  ["nl", { valued: "-w -s -b" }],
  ["base64", { valued: "-w" }],
  ["strings", { valued: "-n" }],
  ["shuf", { valued: "-n -e" }],
  ["diff", { valued: "-U -C --label" }],
  ["bc", {}],
  ...["tr", "expr", "factor", "cal"].map(name => [name, { hasNoPaths: true }] as const),
  ...["cmp", "comm", "fmt", "rev", "tac", "cksum", "expand", "unexpand", "zcat"].map(
    name => [name, {}] as const,
  ),
  ...["md5sum", "sha1sum", "sha256sum", "sha512sum"].map(name => [name, {}] as const),
]);

/** Where those programs are on the machines that have them, whatever the PATH of the container. */
const folders = ["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"].join(":");

export const filterNames: readonly string[] = [...filters.keys()];

/** Undefined where it is none of these, or the machine has it not. */
export function filterProgram(
  name: string,
  placeOf: PlaceOf,
  isOnMachine: (file: string) => boolean,
): Program | undefined {
  const filter = filters.get(name);
  const file = filter && programFile(name, folders, isOnMachine);
  if (!filter || file === undefined) return undefined;
  return async call => {
    const { args, cwd } = call;
    const pathOf = new Map<string, string>();
    const toPlace = (path: string): string => {
      const place = placeOf(posix.resolve(cwd, path));
      if (!path.startsWith("/") && place === posix.join(placeOf(cwd), path)) return path;
      pathOf.set(place, path);
      return place;
    };
    const led = filter.hasNoPaths ? args : argumentsWith(toPlace, args, filter);
    const refusal = name === "sed" ? await whyNotInPlace(call) : undefined;
    if (refusal === undefined) return run(file, { ...call, args: led }, placeOf(cwd), pathOf);
    await print(call.stderr, `sed: ${refusal}\n`);
    return 4;
  };
}

function argumentsWith(
  toPlace: (path: string) => string,
  args: readonly string[],
  { hasScript, valued = "" }: Filter,
): string[] {
  const withValue = new Set(valued.split(" "));
  let isScriptDue =
    hasScript === true && !args.some(arg => /^(-[a-z]*[ef]$|-f|--(expression|file|from-file)\b)/.test(arg));
  return args.map((arg, i) => {
    const before = args[i - 1] ?? "";
    if (withValue.has(before)) return arg;
    if (arg === "-" || arg === "") return arg;
    if (arg.startsWith("-")) {
      const [, option, path] = /^(--[\w-]+=|-f)(\/.*)$/.exec(arg) ?? [];
      return option === undefined || path === undefined ? arg : option + toPlace(path);
    }
    if (isScriptDue) {
      isScriptDue = false;
      return arg;
    }
    // `awk … name=value file`
    return hasScript && /^[A-Za-z_]\w*=/.test(arg) ? arg : toPlace(arg);
  });
}

/** `sed -i` writes, and knows nothing of what is mounted as read-only. */
async function whyNotInPlace({ args, cwd }: Invocation): Promise<string | undefined> {
  if (!args.some(arg => /^(-[nErsz]*i|--in-place)/.test(arg))) return undefined;
  const { access, constants } = await import("node:fs/promises");
  for (const arg of args.filter(each => !each.startsWith("-"))) {
    try {
      await access(posix.resolve(cwd, arg), constants.W_OK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EROFS") continue;
      return `couldn't open temporary file ${posix.dirname(posix.resolve(cwd, arg))}/sedAAAAAA: ${describe(error)}`;
    }
  }
  return undefined;
}
