/**
 * The folder that a child process begins in. A program names it as it sees it, and the system is given its place; a child whose folder is not
 * named begins where its parent is, which of a thread only we know.
 */
import childProcess, { type SpawnOptions, type SpawnSyncOptions } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";
import type { Places } from "./places.ts";

type Call = (...args: unknown[]) => unknown;

/** For `import` it takes effect with syncBuiltinESMExports. */
export function leadChildFolders(places: Places): void {
  /** With the folder's place; as it is where no folder is named, nor known. */
  const led = <T extends { readonly cwd?: unknown }>(options: T): T => {
    // Where none is named, `exec` says null.
    const cwd = options.cwd ?? (places.hasRoot ? undefined : places.cwd);
    const path = cwd instanceof URL && cwd.protocol === "file:" ? fileURLToPath(cwd) : cwd;
    return typeof path === "string" ? { ...options, cwd: places.find(path, true, "spawn").place } : options;
  };
  subscribe("child_process", message => {
    const { process: child } = message as { process: { spawn(options: SpawnOptions): unknown } };
    const { spawn } = child;
    child.spawn = options => Reflect.apply(spawn, child, [led(options)]);
  });
  // Those that are waited for take another way.
  for (const name of ["spawnSync", "execFileSync", "execSync"] as const) {
    const call = childProcess[name] as Call;
    const lead: Call = (...args) => {
      const at = args.findIndex((each, i) => i > 0 && typeof each === "object" && !Array.isArray(each));
      const given = (at < 0 ? {} : (args[at] ?? {})) as SpawnSyncOptions;
      const before = at < 0 ? args : args.slice(0, at);
      return call(...before, led(given), ...(at < 0 ? [] : args.slice(at + 1)));
    };
    Object.defineProperty(lead, "name", { value: name });
    Object.assign(childProcess, { [name]: lead });
  }
}
