/**
 * What a container runs: a function of its image's module, as k4s has it, or a command, as Kubernetes has it. An image of the
 * catalogue has no module: `command` and `args` mean what they mean to every container runtime. In an image of a folder,
 * `command[0]` names a function; where the module exports none of that name, and there is a program that is called so
 * (`sh -c …`, `node server.js`, `sleep`), it is a command.
 */
import { execCommands, type PodContainer } from "../../resources/index.ts";
import type { Code } from "../../worker/index.ts";

export type WhatToRun =
  | {
      readonly functionName: string | undefined;
      readonly args: readonly string[];
      readonly command?: undefined;
    }
  | { readonly command: readonly string[] };

export function whatToRun(
  { command = [], args = [] }: Pick<PodContainer, "command" | "args">,
  code: Pick<Code, "config" | "exports">,
): WhatToRun {
  const { config } = code;
  if (config) {
    if (command.length > 0) return { command: [...command, ...args] };
    return { command: [...config.entrypoint, ...(args.length > 0 ? args : config.cmd)] };
  }
  const [name, ...others] = command;
  if (name !== undefined && isCommand(name, [...others, ...args], code))
    return { command: [...command, ...args] };
  return { functionName: name, args: [...others, ...args] };
}

const programs: ReadonlySet<string> = new Set(execCommands);

function isCommand(name: string, args: readonly string[], { exports }: Pick<Code, "exports">): boolean {
  if (name.includes("/")) return true;
  // Of a script hardly a function can be meant; but a word alone that is no program is one whose `export` was forgotten.
  if (exports?.length === 0) return programs.has(name) || args.length > 0;
  // A name alone, or with parameters, is a function's, though it may be mistaken (`echo` where the module has `eco`): then the
  // module's functions are told.
  return programs.has(name) && exports?.includes(name) !== true && args.some(arg => !arg.startsWith("--"));
}
