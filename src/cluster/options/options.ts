/**
 * The options of a Cluster, and what is wrong with them, said before anything is started: JavaScript has no compiler that
 * would, and an option that is silently ignored costs an afternoon.
 */
import { fileURLToPath } from "node:url";
import type { AdmissionOptions } from "../../admission/index.ts";
import type { AutoscalingSettings } from "../../controllers/index.ts";
import {
  all,
  callback,
  checkArguments,
  count,
  duration,
  each,
  flag,
  having,
  must,
  name,
  needed,
  object,
  oneOf,
  options,
  plain,
  type Rule,
  shaped,
  text,
} from "../../errors/index.ts";
import type { Controller } from "../../loop/index.ts";
import type { RestartBackOff } from "../../node/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import {
  type Authorize,
  type KindDescription,
  type KubernetesObject,
  quantityFault,
  quantityToNumber,
} from "../../resources/index.ts";
import { kindDescription } from "./kind-options.ts";

export interface ClusterOptions {
  /** The folder, or folders, that images are found in: paths or file URLs. Nothing outside of them is ever run. */
  readonly images?: string | URL | readonly (string | URL)[];
  /** How many nodes. Default 1. */
  readonly nodes?: number;
  /**
   * What each node can hold, as quantities or numbers: also of extended resources, `example.com/gpu`. Default: the processors and
   * memory of this machine, 1,000 pods.
   */
  readonly nodeCapacity?: {
    readonly cpu?: string | number;
    readonly memory?: string | number;
    readonly pods?: string | number;
    readonly [extended: `${string}/${string}`]: string | number;
  };
  /** How pods run that name no runtimeClassName: `thread` (the default), `process` or `hollow`. */
  readonly runtime?: RuntimeName;
  /**
   * What becomes of images that no folder and no catalogue knows: `refuse` (the default), which is ImagePullBackOff, or `hollow`:
   * they pretend to run, so that charts and operators with foreign images settle.
   */
  readonly unknownImages?: "refuse" | "hollow";
  /**
   * How long a container that keeps ending waits before it is started again. Default: 1 s, doubling up to 5 min; after 10 min
   * it begins anew.
   */
  readonly restartBackOff?: Partial<RestartBackOff>;
  /** How many threads are kept ready for containers to come. Default 2. */
  readonly spareThreads?: number;
  /** How often every object is looked at again, in milliseconds. Default 1,000. */
  readonly resyncMs?: number;
  /** How autoscalers look and act: as the flags of kube-controller-manager say it, with its defaults (15 s, 5 min, a tenth, …). */
  readonly autoscaling?: Partial<AutoscalingSettings>;
  /** How often what containers use is measured, in milliseconds; the processors are told over one or two of these. Default 15,000. */
  readonly metricResolutionMs?: number;
  /** What is there from the start, such as another cluster's objects: each with its uid and its resourceVersion. */
  readonly objects?: readonly KubernetesObject[];
  /** Kinds of your own. */
  readonly kinds?: readonly KindDescription[];
  /** Controllers of your own, over any kinds. */
  readonly controllers?: readonly Controller[];
  /**
   * What the scheduler does, as a KubeSchedulerConfiguration (`kubescheduler.config.k8s.io/v1`): a file, or the object itself.
   * Default: what kube-scheduler does without one.
   */
  readonly schedulerConfig?: string | URL | Readonly<Record<string, unknown>>;
  /** Which admission plugins are on besides those that are by default, which are off, and those of your own. */
  readonly admission?: AdmissionOptions;
  /**
   * Decides whether a user may do what it asks for, reading included: the program's own calls (as `kubernetes-admin`) and those
   * of workers (as the service account of their pod). Roles
   * (RBAC) decide where left out. Controllers and nodes are not asked.
   */
  readonly authorize?: Authorize;
  /**
   * Whether roles (RBAC) decide about every worker's `api`. Where not, a pod of the service account `default` may do everything,
   * and only one that names an account has that account's rights. Default: true from when the API is served, false before.
   * Over HTTP roles decide in any case.
   */
  readonly rbac?: boolean;
  /**
   * Whether it agrees with others, by leases in kube-system, on which control plane runs the controllers and which the scheduler, as
   * Kubernetes does. Needed for `standby`. Default: false.
   */
  readonly leaderElection?: boolean;
  /** Where time comes from. Default: the wall clock. */
  readonly clock?: Clock;
  /** Where chance comes from. Default: as it comes; `seededRandom(n)` repeats itself. */
  readonly random?: Random;
  /** Told of what went wrong inside and harmed nothing else: a controller that threw, say. Default: a line on stderr. */
  readonly onFault?: (fault: unknown) => void;
  /** Told, a line each, of what a manifest says otherwise than Kubernetes has it, and how it was read. Default: a line on stderr. */
  readonly onWarning?: (warning: string) => void;
}

/** What a further control plane may have otherwise than the first: it shares the nodes, and so whatever concerns those. */
export type StandbyOptions = Pick<
  ClusterOptions,
  "clock" | "random" | "resyncMs" | "schedulerConfig" | "onFault" | "onWarning"
>;

export type RuntimeName = "thread" | "process" | "hollow";

const folder = must(
  "a folder, as path or file URL",
  value =>
    (typeof value === "string" && value !== "") || (value instanceof URL && value.protocol === "file:"),
);
const file = must(
  "a file, as path or file URL, or a KubeSchedulerConfiguration",
  value =>
    (typeof value === "string" && value !== "") ||
    (value instanceof URL ? value.protocol === "file:" : typeof value === "object" && value !== null),
);
const quantity: Rule = must(
  "a quantity, 0 or more, such as 4, '500m' or '8Gi'",
  value =>
    (typeof value === "number" || typeof value === "string") &&
    quantityFault(String(value)) === undefined &&
    !String(value).startsWith("-"),
);
/** So many things: a quantity without a fraction. */
const whole = must(
  "a whole number, 0 or more",
  value => quantity(value, "").length === 0 && Number.isInteger(quantityToNumber(String(value))),
);
const period = must(
  "a number of milliseconds above 0",
  value => typeof value === "number" && value > 0 && Number.isFinite(value),
);

/** More would fill the memory before anything could run on them. */
const mostNodes = 10_000;

const revision = must(
  "a resourceVersion, as read",
  value => typeof value === "string" && /^[0-9]+$/.test(value),
);
const stored = having({
  kind: needed(name),
  metadata: needed(having({ name: needed(name), uid: needed(name), resourceVersion: needed(revision) })),
});
const controller = having({
  name: needed(name),
  kind: needed((value, path) => (Array.isArray(value) ? each(name) : name)(value, path)),
  reconcile: needed(callback),
  wokenBy: needed(each(having({ kind: name, keys: needed(callback), deletionsAndOwners: flag }))),
  concerns: callback,
  concurrency: must("a whole number above 0", value => Number.isInteger(value) && Number(value) > 0),
  queue: callback,
  gone: callback,
  looksAtMany: flag,
  writer: object,
});
const plugin = having({
  name: needed(name),
  on: needed(
    each(
      shaped({
        operations: needed(each(oneOf("CREATE", "UPDATE", "DELETE", "CONNECT"))),
        kinds: each(name),
        subresources: each(text),
      }),
    ),
  ),
  mutate: callback,
  validate: callback,
  isOnByDefault: flag,
  timeoutSeconds: must(
    "a whole number from 1 to 30",
    value => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 30,
  ),
});

/** None of the list has the same as one before it. */
function once(what: string, of: (each: KindDescription) => string): Rule {
  return (value, path) => {
    const names = ((value ?? []) as readonly KindDescription[]).map(of);
    const again = names.findIndex((each, i) => names.indexOf(each) < i);
    if (again < 0) return [];
    return [`${path}[${again}] has the same ${what} as ${path}[${names.indexOf(names[again] ?? "")}]`];
  };
}

const shape: Readonly<Record<keyof ClusterOptions, Rule>> = {
  images: (value, path) => (Array.isArray(value) ? each(folder) : folder)(value, path),
  nodes: (value, path) => {
    const problems = count(value, path);
    const isTooMany = problems.length === 0 && Number(value ?? 0) > mostNodes;
    return isTooMany ? [`${path} must be ${mostNodes} at most, not ${String(value)}`] : problems;
  },
  nodeCapacity: options({ cpu: quantity, memory: quantity, pods: whole }, name =>
    name.includes("/") ? whole : undefined,
  ),
  runtime: oneOf("thread", "process", "hollow"),
  unknownImages: oneOf("refuse", "hollow"),
  restartBackOff: options({ initialMs: duration, maximumMs: duration, resetAfterMs: duration }),
  spareThreads: count,
  resyncMs: period,
  autoscaling: options({
    syncPeriodMs: period,
    downscaleStabilizationMs: duration,
    tolerance: must(
      "a number, 0 or more, such as 0.1",
      value => Number.isFinite(value) && Number(value) >= 0,
    ),
    cpuInitializationPeriodMs: duration,
    initialReadinessDelayMs: duration,
  }),
  metricResolutionMs: period,
  objects: each(all(stored, plain)),
  kinds: all(
    each(kindDescription),
    once("group and kind", ({ group, kind }) => `${group}/${kind}`),
    once("group and plural", ({ group, plural }) => `${group}/${plural}`),
  ),
  controllers: each(controller),
  schedulerConfig: file,
  admission: options({
    enable: each(name),
    disable: each(name),
    plugins: each(plugin),
  }),
  authorize: callback,
  rbac: flag,
  leaderElection: flag,
  clock: having({
    now: needed(callback),
    after: needed(callback),
    soon: needed(callback),
    sleep: needed(callback),
  }),
  random: having({
    next: needed(callback),
    below: needed(callback),
    uuid: needed(callback),
    suffix: needed(callback),
  }),
  onFault: callback,
  onWarning: callback,
};

/** Throws BadRequest, with every problem. What is undefined counts as left out. */
export function checkOptions(given: unknown): void {
  checkArguments("new Cluster", { options: options(shape) }, [given]);
}

/** What each node can hold, as quantities. */
export function capacityOf({ nodeCapacity = {} }: ClusterOptions): Record<string, string> {
  const given = Object.entries(nodeCapacity).filter(([, amount]) => amount !== undefined);
  return { pods: "1000", ...Object.fromEntries(given.map(([name, amount]) => [name, String(amount)])) };
}

/** A folder or file, as a path. */
export function pathOf(place: string | URL): string {
  return place instanceof URL ? fileURLToPath(place) : place;
}
