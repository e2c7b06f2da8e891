/** What a node says of itself: the Node object that its agent registers, and the status that it keeps fresh. */
import { statfsSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { microTime, timestamp } from "../outside/index.ts";
import {
  conditionOf,
  type Draft,
  isSame,
  type Lease,
  type Node,
  type NodeCondition,
  type NodeStatus,
  nodeLeaseNamespace,
  type Taint,
  withCondition,
} from "../resources/index.ts";
import { kubeletPort } from "./asked-node.ts";

export interface NodeOptions {
  readonly name: string;
  /** What it can hold, also of extended resources (`example.com/gpu`). Default: the processors and memory of this machine, 110 pods. */
  readonly capacity?: {
    readonly cpu?: string;
    readonly memory?: string;
    readonly pods?: string;
    readonly [extended: `${string}/${string}`]: string;
  };
  /** Besides those that every node has (kubernetes.io/hostname, …). */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** How pods without a RuntimeClass are run. Default `thread`. */
  readonly defaultRuntime?: string;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** How often the node renews its lease, by which it says that it is alive, in milliseconds. Default 10,000. */
  readonly heartbeatMs?: number;
}

/** Asked once: hundreds of nodes report it at each heartbeat, and each time it is a call to the system. */
let machine: { readonly cpu: string; readonly memory: string; readonly disk: string } | undefined;

function askMachine() {
  const { blocks, bsize } = statfsSync(tmpdir());
  return {
    cpu: String(availableParallelism()),
    memory: kibibytes(totalmem()),
    disk: kibibytes(blocks * bsize),
  };
}

function kibibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`;
}

/** The Kubernetes that a node's behaviour is taken from. */
const version = "v1.35.2";
/** As Kubernetes names it: amd64, not x64. */
const architecture = process.arch === "x64" ? "amd64" : process.arch;

export function nodeObject({ name, labels, taints }: NodeOptions): Draft<Node> {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { ...defaultLabels(name), ...labels },
      annotations: {
        // For how long a node may use a Secret that it read before: here it watches them.
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: taints === undefined ? {} : { taints },
  };
}

/** What every node has. */
export function defaultLabels(name: string): Readonly<Record<string, string>> {
  return {
    // The older spellings are still there in 1.35.
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": process.platform,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": process.platform,
  };
}

/** By this lease Kubernetes' nodes say that they are alive; `renewTime` is when it was said last. */
export function leaseOf({ metadata: { name, uid } }: Node, now: number): Draft<Lease> {
  const owner = { apiVersion: "v1", kind: "Node", name, uid };
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: nodeLeaseNamespace, ownerReferences: [owner] },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime(now) },
  };
}

/** What a node tells when what it says of itself becomes otherwise: type, reason and message of events, in a kubelet's words. */
export function eventsOfChange(
  name: string,
  before: NodeStatus | undefined,
  { conditions = [] }: NodeStatus,
): readonly (readonly ["Normal", string, string])[] {
  return conditions
    .filter(({ type, status }) => conditionOf({ status: before }, type)?.status !== status)
    .map(({ type, status, reason = "" }) => {
      const isReady = status === "True" ? "NodeReady" : "NodeNotReady";
      return type === "Ready" ? isReady : reason.replace("Kubelet", "Node");
    })
    .map(reason => statusEvent(name, reason));
}

export function statusEvent(name: string, reason: string): readonly ["Normal", string, string] {
  return ["Normal", reason, `Node ${name} status is now: ${reason}`];
}

/** What a node says as long as it says anything; later its conditions become Unknown (controllers/node-lifecycle/node-lifecycle.ts). */
const healthy = [
  has("MemoryPressure", "SufficientMemory", "sufficient memory available"),
  has("DiskPressure", "NoDiskPressure", "no disk pressure"),
  has("PIDPressure", "SufficientPID", "sufficient PID available"),
  { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
].map(condition => Object.freeze(condition));

/** What it says while it shuts down: no pod is to come any more. */
export const shuttingDown: readonly Saying[] = [
  ...healthy.slice(0, -1),
  { type: "Ready", status: "False", reason: "KubeletNotReady", message: "node is shutting down" },
];

interface Said {
  readonly says?: readonly Saying[] | undefined;
  readonly place?: KubeletPlace | undefined;
}

/** Where the kubelet of a node listens. */
export interface KubeletPlace {
  readonly host: string;
  readonly port: number;
}

type Saying = Pick<NodeCondition, "type" | "status" | "reason" | "message">;

function has(type: string, reason: string, message: string) {
  return { type, status: "False", reason: `KubeletHas${reason}`, message: `kubelet has ${message}` };
}

/**
 * @param runtimes the handlers of the RuntimeClasses that it can run
 * @param now in milliseconds since 1970
 * @param said its conditions, and the port of its kubelet
 */
export function nodeStatus(
  { status: before }: Node,
  { name, capacity = {}, address: own = "127.0.0.1" }: NodeOptions,
  runtimes: readonly string[],
  now: number,
  said: Said = {},
): NodeStatus {
  machine ??= askMachine();
  const { says = healthy, place: { host: address, port } = { host: own, port: kubeletPort } } = said;
  const capacities = {
    // What another has told of the node stays: so its extended resources come to it where no device plugin tells them.
    ...before?.capacity,
    ...capacity,
    cpu: capacity.cpu ?? machine.cpu,
    "ephemeral-storage": machine.disk,
    memory: capacity.memory ?? machine.memory,
    pods: capacity.pods ?? "110",
  };
  const lastHeartbeatTime = timestamp(now);
  let conditions: readonly NodeCondition[] = before?.conditions ?? [];
  for (const condition of says)
    conditions = withCondition(conditions, Object.freeze({ ...condition, lastHeartbeatTime }), now);
  return {
    ...before,
    capacity: capacities,
    allocatable: capacities,
    conditions,
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: {
      machineID: name,
      systemUUID: name,
      bootID: name,
      kernelVersion: process.version,
      osImage: `Node.js ${process.version}`,
      containerRuntimeVersion: `thread://${process.versions.node}`,
      kubeletVersion: version,
      kubeProxyVersion: "",
      operatingSystem: process.platform,
      architecture,
    },
    runtimeHandlers: runtimes.map(handler => ({ name: handler })),
  };
}

/** A status that stays as it is is written this often, in milliseconds: `nodeStatusReportFrequency` of a kubelet. */
const statusReportMs = 5 * 60_000;

/** Whether `next` has to be written: it says something else than what is there, or that was said long ago. */
export function isStatusDue(before: NodeStatus | undefined, next: NodeStatus, now: number): boolean {
  const said = conditionOf({ status: before }, "Ready")?.lastHeartbeatTime;
  if (before === undefined || said === undefined || now - Date.parse(said) >= statusReportMs) return true;
  const dated = next.conditions?.map(condition => ({ ...condition, lastHeartbeatTime: said }));
  return !isSame({ ...next, conditions: dated }, before);
}
