/**
 * Node programs that a container's program starts as child processes have the network of its pod and see its volumes: each begins with a file of ours
 * (inner-entry.ts), by Node's option --require in NODE_OPTIONS, which reaches children of children and what a shell or a package manager
 * starts as well. Programs that are not Node's, and a child whose environment is made anew by what starts it, have the machine's network and files.
 */
import childProcess, { type SpawnOptions, type SpawnSyncOptions } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { filesVariable, type InnerFiles } from "./inner-files.ts";
import type { NetworkPlace } from "./sockets/index.ts";
import { named } from "./sockets/index.ts";

/** Where such a child finds which pod it is of. */
export const placeVariable = "K4S_NETWORK";

export interface ChildrenOptions {
  /** What each begins with. */
  readonly file: string;
  readonly place: NetworkPlace;
  readonly files: InnerFiles | undefined;
  /** Called before one is started. */
  begins(): void;
}

type Call = (...args: unknown[]) => unknown;
/** As Node hands it over: the environment is a list by then. */
type ReadySpawn = SpawnOptions & { envPairs?: readonly string[] };

/** For `import` it takes effect with syncBuiltinESMExports. @param options undefined until there is a container */
export function leadChildren(options: () => ChildrenOptions | undefined): void {
  subscribe("child_process", message => {
    const { process: child } = message as { process: { spawn(options: ReadySpawn): unknown } };
    const { spawn } = child;
    child.spawn = given => {
      const own = options();
      if (!own || !given.envPairs) return Reflect.apply(spawn, child, [given]);
      own.begins();
      return Reflect.apply(spawn, child, [{ ...given, envPairs: withOptions(given.envPairs, own) }]);
    };
  });
  // Those that are waited for take another way.
  for (const name of ["spawnSync", "execFileSync", "execSync"] as const) {
    const call = childProcess[name] as Call;
    const lead: Call = (...args) => {
      const own = options();
      if (!own) return call(...args);
      own.begins();
      const at = args.findIndex((each, i) => i > 0 && typeof each === "object" && !Array.isArray(each));
      const given = (at < 0 ? {} : (args[at] ?? {})) as SpawnSyncOptions;
      const pairs = Object.entries(given.env ?? process.env).map(([key, value]) => `${key}=${value}`);
      const env = Object.fromEntries(withOptions(pairs, own).map(pair => splitPair(pair)));
      const before = at < 0 ? args : args.slice(0, at);
      return call(...before, { ...given, env }, ...(at < 0 ? [] : args.slice(at + 1)));
    };
    Object.assign(childProcess, { [name]: named(name, lead) });
  }
}

function withOptions(pairs: readonly string[], { file, place, files }: ChildrenOptions): string[] {
  const others = pairs.filter(pair => !/^(?:NODE_OPTIONS|K4S_NETWORK|K4S_FILES)=/.test(pair));
  const given = pairs.find(pair => pair.startsWith("NODE_OPTIONS="))?.slice("NODE_OPTIONS=".length) ?? "";
  const require = `--require ${JSON.stringify(file)}`;
  // A child of a child has it already.
  const all = given.includes(require) ? given : `${given} ${require}`.trim();
  return [
    ...others,
    `NODE_OPTIONS=${all}`,
    `${placeVariable}=${JSON.stringify(place)}`,
    ...(files ? [`${filesVariable}=${JSON.stringify(files)}`] : []),
  ];
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=", 1);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
