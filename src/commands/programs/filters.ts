/**
 * The programs of the machine that a container with a root folder of its own may run: those that only read what they are given, and print.
 * They know nothing of the container's files, so each path among their arguments becomes the place where it lies; which arguments are
 * paths is known of these programs, and of no others.
 */
import { posix } from "node:path";
import type { PlaceOf } from "../../worker/index.ts";
import { type Invocation, type Program, print } from "../program.ts";
import { describe } from "../reasons.ts";
import { argumentsAt } from "./filter-arguments.ts";
import type { ScriptKind } from "./filter-scripts.ts";
import { programFile, run } from "./machine.ts";

interface Filter {
  /** Its script, which an option or the first operand gives. */
  readonly script?: ScriptKind;
  /** None of its arguments is a path. */
  readonly hasNoPaths?: true;
  /** What is behind its options, where that is no path: `-t=v --slurpfile=vp` (filter-arguments.ts). */
  readonly options?: string;
}

const plain = ["cmp", "comm", "fmt", "expand", "unexpand"];

const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ...["awk", "gawk", "mawk"].map(name => [name, { script: "awk", options: "-v=v -F=v -W=v" }] as const),
  ["sed", { script: "sed", options: "-l=v" }],
  ["jq", { script: "jq", options: "--indent=v --arg=vv --argjson=vv --slurpfile=vp --rawfile=vp -L=p" }],
  ["sort", { options: "-t=v -k=v -S=v -o=p -T=p" }],
  ["cut", { options: "-d=v -f=v -c=v -b=v --output-delimiter=v --delimiter=v --fields=v" }],
  ["paste", { options: "-d=v --delimiters=v" }],
  ["join", { options: "-t=v -1=v -2=v -j=v -o=v -a=v -v=v -e=v" }],
  ["column", { options: "-s=v -o=v -c=v -N=v -R=v" }],
  ["uniq", { options: "-f=v -s=v -w=v" }],
  ["od", { options: "-A=v -t=v -j=v -N=v -w=v -S=v" }],
  ["xxd", { options: "-l=v -s=v -c=v -g=v -o=v" }],
  ["hexdump", { options: "-n=v -s=v -e=v -f=p" }],
  ["fold", { options: "-w=v" }],
  ["nl", { options: "-w=v -s=v -b=v -h=v -f=v -n=v -v=v -i=v -d=v -l=v" }],
  ["base64", { options: "-w=v" }],
  ["strings", { options: "-n=v -t=v -e=v" }],
  ["shuf", { options: "-n=v -i=v -o=p" }],
  ["diff", { options: "-U=v -C=v -L=v -I=v -F=v -W=v --label=v" }],
  ["bc", {}],
  ...["tr", "expr", "factor", "cal"].map(name => [name, { hasNoPaths: true }] as const),
  ...plain.map(name => [name, { options: "-i=v -n=v -t=v -w=v" }] as const),
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
      if (streams.test(path)) return path;
      const place = placeOf(posix.resolve(cwd, path));
      if (!path.startsWith("/") && place === posix.join(placeOf(cwd), path)) return path;
      pathOf.set(place, path);
      return place;
    };
    const refusal = name === "sed" ? await whyNotInPlace(call) : undefined;
    if (refusal !== undefined) {
      await print(call.stderr, `sed: ${refusal}\n`);
      return 4;
    }
    const led = filter.hasNoPaths ? args : await argumentsAt(toPlace, call, name, filter);
    return run(file, { ...call, args: led }, placeOf(cwd), pathOf);
  };
}

/** The program's own, which are the command's. */
const streams = /^\/(dev\/std(in|out|err)|dev\/fd\/[012]|proc\/self\/fd\/[012])$/;

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
