/**
 * The options of a Cluster, and what is wrong with them, said before anything is started: JavaScript has no compiler that
 * would, and an option that is silently ignored costs an afternoon.
 */
import { fileURLToPath } from "node:url";
import type { AdmissionOptions } from "./admission/index.ts";
import { ApiError, didYouMean } from "./errors/index.ts";
import type { Controller } from "./loop/index.ts";
import type { RestartBackOff } from "./node/index.ts";
import type { Clock, Random } from "./outside/index.ts";
import { type KindDescription, type KubernetesObject, quantityFault } from "./resources/index.ts";

export interface ClusterOptions {
  /** The folder, or folders, that images are found in: paths or file URLs. Nothing outside of them is ever run. */
  readonly images?: string | URL | readonly (string | URL)[];
  /** How many nodes. Default 1. */
  readonly nodes?: number;
  /** What each node can hold. Default: the processors and memory of this machine, 1,000 pods. */
  readonly nodeCapacity?: { readonly cpu?: string; readonly memory?: string; readonly pods?: string };
  /** How pods run that name no runtimeClassName: `thread` (the default), `process` or `hollow`. */
  readonly runtime?: RuntimeName;
  /** How long a container that keeps ending waits before it is started again. Default: 1 s, doubling up to 5 min; after 10 min it begins anew. */
  readonly restartBackOff?: Partial<RestartBackOff>;
  /** How many threads are kept ready for containers to come. Default 2. */
  readonly spareThreads?: number;
  /** How often every object is looked at again, in milliseconds. Default 1,000. */
  readonly resyncMs?: number;
  /** What is there from the start, such as another cluster's objects: each with its uid and its resourceVersion. */
  readonly objects?: readonly KubernetesObject[];
  /** Kinds of your own. */
  readonly kinds?: readonly KindDescription[];
  /** Controllers of your own, over any kinds. */
  readonly controllers?: readonly Controller[];
  /** Which admission plugins are on besides those that are by default, which are off, and those of your own. */
  readonly admission?: AdmissionOptions;
  /** Where time comes from. Default: the wall clock. */
  readonly clock?: Clock;
  /** Where chance comes from. Default: as it comes; `seededRandom(n)` repeats itself. */
  readonly random?: Random;
  /** Told of what went wrong inside and harmed nobody: a controller that threw, say. Default: a line on stderr. */
  readonly onFault?: (fault: unknown) => void;
}

export type RuntimeName = "thread" | "process" | "hollow";

type Rule = (value: unknown) => string | undefined;

const wholeNumber: Rule = value =>
  Number.isInteger(value) && Number(value) >= 0 ? undefined : "must be a whole number, 0 or more";
const milliseconds: Rule = value =>
  typeof value === "number" && value > 0 ? undefined : "must be a number of milliseconds above 0";
const anything: Rule = () => undefined;

const rules: Readonly<Record<keyof ClusterOptions, Rule>> = {
  images: value =>
    [value].flat().every(place => typeof place === "string" || place instanceof URL)
      ? undefined
      : "must be a folder, as path or file URL, or a list of folders",
  nodes: wholeNumber,
  nodeCapacity: value =>
    Object.values(value ?? {}).every(amount => quantityFault(String(amount)) === undefined)
      ? undefined
      : "must hold quantities, such as { cpu: '4', memory: '8Gi', pods: '110' }",
  runtime: value =>
    ["thread", "process", "hollow"].includes(String(value)) ? undefined : "must be thread, process or hollow",
  restartBackOff: anything,
  spareThreads: wholeNumber,
  resyncMs: milliseconds,
  objects: anything,
  kinds: anything,
  controllers: anything,
  admission: anything,
  clock: anything,
  random: anything,
  onFault: value => (typeof value === "function" ? undefined : "must be a function"),
};

/** Throws BadRequest, with every problem. What is undefined counts as left out. */
export function checkOptions(options: object): void {
  const problems = Object.entries(options).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof ClusterOptions] : undefined;
    if (!rule) return [`there is no option "${name}"${didYouMean(name, Object.keys(rules))}`];
    const problem = value === undefined ? undefined : rule(value);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  if (problems.length > 0)
    throw new ApiError("BadRequest", `a cluster cannot have these options: ${problems.join("; ")}`);
}

/** A folder or file, as a path. */
export function pathOf(place: string | URL): string {
  return place instanceof URL ? fileURLToPath(place) : place;
}
