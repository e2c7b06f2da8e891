/**
 * Container (`k4s.dev/v1`): a worker thread that runs one function of a module, the first thing that a reader of k4s
 * declares. Its controller keeps one pod of the same name running it. The fields are those that a pod and its one
 * container have, under the names that they have there; `module`, `function` and `parameters` are ours.
 */
import type {
  Affinity,
  Condition,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  Lifecycle,
  Probe,
  ResourceRequirements,
  Toleration,
  TopologySpreadConstraint,
} from "../../generated/kubernetes.gen.ts";
import type { ObjectMeta } from "../../object.ts";

export interface Container {
  readonly apiVersion: "k4s.dev/v1";
  readonly kind: "Container";
  readonly metadata: ObjectMeta;
  readonly spec: ContainerSpec;
  readonly status?: ContainerResourceStatus;
}

export interface ContainerSpec {
  /** The image: a module by name (and tag) in the images folders, or a path inside one. */
  readonly module: string;
  /** The export of the module that is run; the default export where left out. */
  readonly function?: string;
  /** What the function gets as `parameters`: any JSON. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly affinity?: Affinity;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly hostname?: string;
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  readonly lifecycle?: Lifecycle;
  readonly livenessProbe?: ContainerProbe;
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ContainerPort[];
  readonly priority?: number;
  readonly priorityClassName?: string;
  readonly readinessProbe?: ContainerProbe;
  readonly resources?: ResourceRequirements;
  /** Whether the thread is started again when its function ends; Always where left out. */
  readonly restartPolicy?: "Always" | "Never" | "OnFailure";
  readonly runtimeClassName?: string;
  readonly schedulerName?: string;
  readonly serviceAccountName?: string;
  readonly startupProbe?: ContainerProbe;
  /** How long it may take to finish what is in its inbox, in seconds; 30 where left out. */
  readonly terminationGracePeriodSeconds?: number;
  readonly tolerations?: readonly Toleration[];
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
}

/**
 * A probe, which may be written short: `{ eventLoop: {} }` asks whether the thread's event loop still turns, `{ request: body }`
 * whether the function answers this message. It is kept as it was written; the pod has it as an `exec`.
 */
export interface ContainerProbe extends Probe {
  readonly eventLoop?: Readonly<Record<string, never>>;
  /** The body of the message: any JSON. */
  readonly request?: unknown;
}

/** What its controller saw of the pod that runs it. */
export interface ContainerResourceStatus {
  /** The pod's phase. */
  readonly phase?: "Failed" | "Pending" | "Running" | "Succeeded" | "Unknown";
  readonly ready?: boolean;
  /** How often the thread was started again. */
  readonly restarts?: number;
  readonly podName?: string;
  /** The node that runs the pod. */
  readonly node?: string;
  /** Why it is not running, where that is known: CrashLoopBackOff, ErrImagePull, … */
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly Condition[];
  readonly observedGeneration?: number;
}
