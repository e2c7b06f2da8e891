/** What a node says of itself: the Node object that its agent registers, and the status that it keeps fresh. */
import { availableParallelism, totalmem } from "node:os";
import type { Draft, Node, NodeCondition, NodeStatus, Taint } from "../resources/index.ts";

export interface NodeOptions {
  readonly name: string;
  /** What it can hold. Default: the processors and memory of this machine, 110 pods. */
  readonly capacity?: { readonly cpu?: string; readonly memory?: string; readonly pods?: string };
  /** Besides those that every node has (kubernetes.io/hostname, …). */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** How pods without a RuntimeClass are run. Default `thread`. */
  readonly defaultRuntime?: string;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** How often the node says that it is alive, in milliseconds. Default 10,000. */
  readonly heartbeatMs?: number;
}

/** Asked once: hundreds of nodes report it at each heartbeat, and each time it is a call to the system. */
let machine: { readonly cpu: string; readonly memory: string } | undefined;

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
      labels: {
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": process.platform,
        ...labels,
      },
    },
    spec: taints === undefined ? {} : { taints },
  };
}

/**
 * @param runtimes the handlers of the RuntimeClasses that it can run
 * @param now as a timestamp
 */
export function nodeStatus(
  { status: before }: Node,
  { name, capacity = {}, address = "127.0.0.1" }: NodeOptions,
  runtimes: readonly string[],
  now: string,
): NodeStatus {
  machine ??= { cpu: String(availableParallelism()), memory: `${Math.floor(totalmem() / 1024)}Ki` };
  const capacities = {
    cpu: capacity.cpu ?? machine.cpu,
    memory: capacity.memory ?? machine.memory,
    pods: capacity.pods ?? "110",
  };
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const old = before?.conditions?.find(other => other.type === type);
    const since = old?.status === status ? (old.lastTransitionTime ?? now) : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: since, reason, message };
  };
  const well = (type: string, reason: string, message: string) =>
    condition(type, "False", `KubeletHas${reason}`, `kubelet has ${message}`);
  return {
    ...before,
    capacity: capacities,
    allocatable: capacities,
    conditions: [
      well("MemoryPressure", "SufficientMemory", "sufficient memory available"),
      well("DiskPressure", "NoDiskPressure", "no disk pressure"),
      well("PIDPressure", "SufficientPID", "sufficient PID available"),
      condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ],
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: name },
    ],
    nodeInfo: {
      machineID: name,
      systemUUID: name,
      bootID: "",
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
