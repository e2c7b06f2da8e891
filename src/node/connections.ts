/**
 * What a pod can be connected to for: its log, a command, itself, its ports. This is what the API server of Kubernetes checks
 * before it asks the kubelet of the pod's node, and in whose words it refuses; the node opens the stream, be it here or far away.
 */
import type { Duplex } from "node:stream";
import { ApiError } from "../errors/index.ts";
import { type FoundEndpoint, isPodAddress } from "../messages/index.ts";
import type { Random } from "../outside/index.ts";
import type { Endpoint, EndpointSlice, KubernetesObject, Node, Pod, Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { connectTo } from "../worker/index.ts";
import {
  type AskedNode,
  type AskedNodes,
  kubeletPort,
  type NodeDocument,
  type PodDialling,
} from "./asked-node.ts";
import type { LogOptions, Session } from "./streams/index.ts";

/** What each subresource opens. */
export interface PodConnections {
  readonly log: AsyncIterable<Uint8Array>;
  readonly exec: Session;
  readonly attach: Session;
  readonly portforward: Dial;
  readonly proxy: Proxied | NodeAnswers;
}

/** Opens a connection to a port of the pod. Rejects as Node's connect does. */
export type Dial = (port: number) => Promise<Duplex>;

/** Where requests to an object are sent. */
export interface Proxied {
  /** As `host:port`, for the Host header. */
  readonly authority: string;
  /** Rejects as Node's connect does. */
  dial(): Promise<Duplex>;
}

/** What a node answers itself. */
export interface NodeAnswers {
  answer: (path: string) => Promise<NodeDocument | undefined>;
}

/** As the query parameters of the subresources are named. */
export interface ConnectOptions extends LogOptions {
  readonly container?: string;
  readonly command?: readonly string[];
  readonly tty?: boolean;
  /** Of a proxy: a number, or a name that the object gives to one of its ports; the first one where left out. */
  readonly port?: string;
}

export interface ConnectionParts {
  readonly nodes: AskedNodes;
  readonly store: Pick<StoreReads, "get" | "list">;
  readonly random: Pick<Random, "below">;
}

/** Openers by subresource. They throw what Kubernetes refuses: BadRequest, ServiceUnavailable, MethodNotAllowed. */
export function connectionsTo(parts: ConnectionParts) {
  const on = (object: KubernetesObject) => placeOf(parts, object as Pod);
  return {
    async log(
      object: KubernetesObject,
      { container, ...options }: ConnectOptions,
    ): Promise<AsyncIterable<Uint8Array>> {
      const pod = object as Pod;
      const name = containerOf(pod, container);
      // What is on no node yet has printed nothing.
      return pod.spec.nodeName ? on(pod).logs(pod, name, options) : nothing();
    },
    exec(
      object: KubernetesObject,
      { container, command = [], tty }: ConnectOptions,
    ): Session | Promise<Session> {
      const pod = object as Pod;
      const name = containerOf(pod, container);
      if (command.length === 0)
        throw new ApiError("BadRequest", "you must specify a command for the container");
      return on(pod).exec(pod, name, command, { tty });
    },
    attach(object: KubernetesObject, { container }: ConnectOptions): Session | Promise<Session> {
      const pod = object as Pod;
      return on(pod).attach(pod, containerOf(pod, container));
    },
    portforward(object: KubernetesObject): Dial {
      const pod = object as Pod;
      const node = on(pod);
      return port => node.dial(pod, port);
    },
    proxy(object: KubernetesObject, { port = "" }: ConnectOptions): PodConnections["proxy"] {
      switch (object.kind) {
        case "Pod":
          return podProxied(parts, object as Pod, port);
        case "Service":
          return serviceProxied(parts, object as Service, port);
        case "Node":
          return nodeProxied(parts, object as Node, port);
        default:
          throw new ApiError("MethodNotAllowed", `the server cannot proxy to a ${object.kind}`);
      }
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The container that is meant: the only one where none is named. Throws BadRequest where there is none such, or no only one. */
function containerOf(pod: Pod, container: string | undefined): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const { name } = pod.metadata;
  if (container) {
    const all = [...containers, ...initContainers, ...ephemeralContainers];
    if (all.some(each => each.name === container)) return container;
    throw new ApiError("BadRequest", `container ${container} is not valid for pod ${name}`);
  }
  const [only, ...others] = containers;
  if (only && others.length === 0) return only.name;
  const choice = only ? `, choose one of: [${namesOf(containers)}]` : "";
  const more =
    initContainers.length > 0 ? ` or one of the init containers: [${namesOf(initContainers)}]` : "";
  throw new ApiError("BadRequest", `a container name must be specified for pod ${name}${choice}${more}`);
}

function namesOf(containers: readonly { readonly name: string }[]): string {
  return containers.map(({ name }) => name).join(" ");
}

function placeOf({ nodes }: Pick<ConnectionParts, "nodes">, pod: Pod): AskedNode {
  const node = nodes.get(pod.spec.nodeName ?? "");
  if (node) return node;
  throw new ApiError("BadRequest", `pod ${pod.metadata.name} does not have a host assigned`);
}

function podProxied(parts: Pick<ConnectionParts, "nodes">, pod: Pod, asked: string): Proxied {
  const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports);
  const named = declared.find(({ name }) => name !== undefined && name === asked)?.containerPort;
  const port = asked === "" ? (declared[0]?.containerPort ?? 80) : (named ?? Number(asked));
  if (!isPort(port)) throw new ApiError("BadRequest", `invalid pod request "${pod.metadata.name}:${asked}"`);
  const node = placeOf(parts, pod);
  if (!pod.status?.podIP) throw new ApiError("BadRequest", "address not allowed");
  return { authority: `${pod.status.podIP}:${port}`, dial: () => node.dial(pod, port) };
}

/** The kubelet of a node, which is the only thing that listens there. */
function nodeProxied({ nodes }: ConnectionParts, node: Node, port: string): NodeAnswers | Proxied {
  const { name } = node.metadata;
  const { addresses, daemonEndpoints } = node.status ?? {};
  const address = addresses?.find(({ type }) => type === "InternalIP")?.address ?? name;
  const own = daemonEndpoints?.kubeletEndpoint?.Port ?? kubeletPort;
  const authority = `${address}:${port || own}`;
  const answer = port === "" || port === String(own) ? nodes.asked(node) : undefined;
  if (answer) return { answer };
  const refused = Object.assign(new Error(`connect ECONNREFUSED ${authority}`), { code: "ECONNREFUSED" });
  return { authority, dial: () => Promise.reject(refused) };
}

/** Any ready endpoint behind a port of the service, by its name or number, be it a pod or not. Throws ServiceUnavailable where there is none. */
export function serviceProxied(parts: ConnectionParts, service: Service, asked: string): Proxied {
  const { name, namespace = "" } = service.metadata;
  const ports = service.spec?.ports ?? [];
  const byNumber = ports.find(({ port }) => String(port) === asked);
  if (/^\d+$/.test(asked) && !byNumber)
    throw new ApiError("ServiceUnavailable", `no service port ${asked} found for service "${name}"`);
  const portName = byNumber ? (byNumber.name ?? "") : asked;
  const slices = parts.store
    .list("EndpointSlice", { namespace })
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  const ready = slices.flatMap(slice => {
    const port = portOf(slice, portName);
    if (port === undefined) return [];
    return (slice.endpoints ?? []).flatMap(endpoint => {
      const [address] = endpoint.addresses;
      return address && endpoint.conditions?.ready !== false ? [{ ...endpoint, address, port }] : [];
    });
  });
  const chosen = ready.length > 0 ? ready[parts.random.below(ready.length)] : undefined;
  if (chosen) return endpointProxied(parts, namespace, chosen);
  const told = slices.some(({ endpoints }) => endpoints?.length) && asked ? `${name}:${asked}` : name;
  throw new ApiError("ServiceUnavailable", `no endpoints available for service "${told}"`);
}

type ReadyEndpoint = Endpoint & { readonly address: string; readonly port: number };

function endpointProxied(
  parts: ConnectionParts,
  namespace: string,
  { targetRef, nodeName: node, address, port }: ReadyEndpoint,
): Proxied {
  const pod = targetRef?.name && parts.store.get("Pod", namespace, targetRef.name);
  if (pod) return podProxied(parts, pod, String(port));
  const dial = () => dialEndpoint(parts.nodes, { address, port, node });
  return { authority: `${address}:${port}`, dial };
}

/**
 * A connection to an endpoint of a Service: to a pod, or to what a slice that somebody else keeps says of the world outside. Rejects as
 * Node's connect does, or with the reason of the signal.
 */
export async function dialEndpoint(
  nodes: Pick<AskedNodes, "get" | "at">,
  { address, port, node }: FoundEndpoint,
  dialling: PodDialling = {},
): Promise<Duplex> {
  if (!isPodAddress(address)) return connectTo({ host: address, port }, dialling.signal);
  // A slice that is written by hand need not say where its pod is.
  const found = nodes.get(node ?? "") ?? nodes.at(address);
  if (found) return found.dialAddress(address, port, dialling);
  throw Object.assign(new Error(`connect EHOSTUNREACH ${address}:${port}`), { code: "EHOSTUNREACH" });
}

function portOf({ ports = [] }: EndpointSlice, wanted: string): number | undefined {
  return ports.find(({ name = "" }) => name === wanted)?.port;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}
