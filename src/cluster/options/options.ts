/** The options of a Cluster, with their defaults. What is wrong with given ones, option-rules.ts says. */
import { fileURLToPath } from "node:url";
import type { AdmissionOptions } from "../../admission/index.ts";
import type { AutoscalingSettings } from "../../controllers/index.ts";
import type { Controller, LeaderElectionTimes } from "../../loop/index.ts";
import type { NatsOptions } from "../../network/index.ts";
import type { RestartBackOff } from "../../node/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { Authorize, KindDescription, KubernetesObject } from "../../resources/index.ts";
import type { StorageDriver } from "../../storage/index.ts";
import type { FeatureSwitches } from "./features.ts";

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
  /**
   * Where the cluster is kept: a folder, as path or file URL. The next cluster with this folder goes on where this one ends, however it
   * ends; one at a time has it. Where left out, the cluster is kept in memory, and gone with its process.
   */
  readonly data?: string | URL;
  /**
   * The etcd that the cluster is kept in, instead of a folder: any number of programs that name the same have this cluster in common, each
   * with an API and nodes of its own; controllers and the scheduler run in one of them at a time (`leaderElection`).
   */
  readonly etcd?: EtcdClusterOptions;
  /**
   * A file with the keys by which Secrets are encrypted in `data` or `etcd`: 32 bytes in base64 a line. The first writes, all read, so that
   * another can take its place. Where left out, they lie there as they are.
   */
  readonly encryptionKey?: string | URL;
  /** The same by an EncryptionConfiguration, as kube-apiserver takes it, with `aesgcm`, `aescbc` and `identity`: a file. */
  readonly encryptionProviderConfig?: string | URL;
  /** What the names of the nodes begin with. Default: `node`; with `etcd` the name of this machine. */
  readonly nodeNamePrefix?: string;
  /**
   * Where the volumes lie that claims are given by the class `standard`, and stay: a folder, as path or file URL. Where left out, `volumes` in the
   * folder `data`; without that a temporary folder that is removed at `stop`.
   */
  readonly volumes?: string | URL;
  /**
   * Storage drivers by the name that classes give as `provisioner`: an object with CSI's RPCs, or the socket on which a driver in another
   * process serves CSI's gRPC.
   */
  readonly drivers?: Readonly<Record<string, StorageDriver | DriverSocket>>;
  /**
   * The folders of this machine, as paths or file URLs, that pods may mount with all that is in them, by hostPath or by a PersistentVolume
   * with a path. None where left out: such a volume is refused, and its pod waits.
   */
  readonly hostPaths?: readonly (string | URL)[];
  /** How many threads are kept ready for containers to come. Default 2. */
  readonly spareThreads?: number;
  /** How often every object is looked at again, in milliseconds. Default 1,000. */
  readonly resyncMs?: number;
  /** How many objects each controller works on at once, of those that do not say themselves. Default 5, as in Kubernetes. */
  readonly workers?: number;
  /** What of Kubernetes is switched off (`{ pod_affinity: false }`): nothing comes of it then, and who writes it is warned. Default: everything is on. */
  readonly features?: FeatureSwitches;
  /** How autoscalers look and act: as the flags of kube-controller-manager say it, with its defaults (15 s, 5 min, a tenth, …). */
  readonly autoscaling?: Partial<AutoscalingSettings>;
  /** How often what containers use is measured, in milliseconds; the processors are told over one or two of these. Default 15,000. */
  readonly metricResolutionMs?: number;
  /** What is there from the start, such as another cluster's objects: each with its uid and its resourceVersion. With a folder `data` that has a cluster: nothing. */
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
   * The NATS by which messages pass between this process and others that have nodes of this cluster. Where left out, only pods of this process
   * send each other messages. `ca`, `cert`, `key` and `creds` are paths of files.
   */
  readonly nats?: NatsOptions;
  /**
   * Whether it agrees with others, by leases in kube-system, on which control plane runs the controllers and which the scheduler, as
   * Kubernetes does. Needed for `standby`. Default: false, and true with `etcd`.
   */
  readonly leaderElection?: boolean;
  /**
   * Other times than those of Kubernetes: the others take a lease that they have not seen renewed for `leaseDurationMs` (15,000); who holds it leads
   * no more when it could not renew it for `renewDeadlineMs` (10,000); it is tried every `retryPeriodMs` (2,000).
   */
  readonly leaderElectionTimes?: Partial<LeaderElectionTimes> | undefined;
  /**
   * `host:port` where Ingresses are reached, over HTTP and HTTPS; port 0 for any that is free. There is an IngressClass `k4s` then, the
   * default. Without it Ingresses are kept, and nothing comes of them.
   */
  readonly ingress?: string | number;
  /**
   * Whether Services of the types NodePort and LoadBalancer are reached at their node ports on 127.0.0.1. Default: false, for these are
   * ports of the machine; `k4s up` and `k4s with` open them.
   */
  readonly nodePorts?: boolean;
  /** By which IP address other machines reach the nodes of this process. Default: that of its API, or 127.0.0.1. */
  readonly nodeAddress?: string;
  /** Where time comes from. Default: the wall clock. */
  readonly clock?: Clock;
  /** Where chance comes from. Default: as it comes; `seededRandom(n)` repeats itself. */
  readonly random?: Random;
  /** Told of what went wrong inside and harmed nothing else: a controller that threw, say. Default: a line on stderr. */
  readonly onFault?: (fault: unknown) => void;
  /** Told, a line each, of what a manifest says otherwise than Kubernetes has it, and how it was read. Default: a line on stderr. */
  readonly onWarning?: (warning: string) => void;
}

/** Where an etcd is, and how it is reached. Files are paths or file URLs, in PEM. */
export interface EtcdClusterOptions {
  /** The client URLs of its members: `http://127.0.0.1:2379`. One that fails is left for the next. */
  readonly endpoints: readonly string[];
  /** What all keys begin with. Default: `/registry`, as kube-apiserver has it. */
  readonly prefix?: string;
  /** How long connecting to a member, and waiting for its answer, may take each, in milliseconds. Default: 5,000. */
  readonly dialTimeoutMs?: number;
  /** Who has signed the certificates of its members. Default: those that Node trusts. */
  readonly ca?: string | URL;
  /** The certificate that we show, and its key. */
  readonly cert?: string | URL;
  readonly key?: string | URL;
  readonly user?: string;
  readonly password?: string;
}

/** Where a storage driver of another process is reached: the path of a Unix socket, also as `unix:///…`, or a named pipe of Windows. */
export interface DriverSocket {
  readonly socket: string | URL;
}

/** What a further control plane may have otherwise than the first: it shares the nodes, and so whatever concerns those. */
export type StandbyOptions = Pick<
  ClusterOptions,
  "clock" | "random" | "resyncMs" | "workers" | "schedulerConfig" | "onFault" | "onWarning"
>;

export type RuntimeName = "thread" | "process" | "hollow";

/** What each node can hold, as quantities. */
export function capacityOf({ nodeCapacity = {} }: ClusterOptions): Record<string, string> {
  return { pods: "1000", ...quantitiesOf(nodeCapacity) };
}

/** Of amounts as programs give them. */
export function quantitiesOf(amounts: NonNullable<ClusterOptions["nodeCapacity"]>): Record<string, string> {
  const given = Object.entries(amounts).filter(([, amount]) => amount !== undefined);
  return Object.fromEntries(given.map(([name, amount]) => [name, String(amount)]));
}

/** A folder or file, as a path. */
export function pathOf(place: string | URL): string {
  return place instanceof URL ? fileURLToPath(place) : place;
}
