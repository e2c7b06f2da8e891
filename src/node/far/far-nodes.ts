/**
 * The nodes that run in other processes, found by their objects: where they say that their kubelet listens, and which addresses their pods
 * have. Nothing is remembered of a node but its connections.
 */
import type { FarewellEnd } from "../../network/index.ts";
import { isInBlock, type Node, type Pod } from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";
import { type AskedNodes, kubeletPort } from "../asked-node.ts";
import type { ContainerUsage } from "../containers/index.ts";
import { FarNode } from "./far-node.ts";
import { NodeClient } from "./node-client.ts";
import type { CredentialsSource } from "./node-peer.ts";

export interface FarNodesParts {
  readonly store: Pick<StoreReads, "get" | "list">;
  /** Undefined where nobody can be asked yet: there is no authority by which they would know who asks. */
  readonly credentials: () => CredentialsSource | undefined;
  /** Whether the node is one of this process, be it that it does not run. */
  readonly isHere: (name: string) => boolean;
  /** The name of the node of the pod that has an address, as far as that is at hand. */
  readonly nodeAt: (address: string) => string | undefined;
  /** What clients of this process say of their connections; nothing is told of them where left out. */
  readonly farewells?: () => FarewellEnd;
}

export class FarNodes implements AskedNodes {
  readonly #parts: FarNodesParts;
  readonly #known = new Map<string, { readonly at: string; readonly node: FarNode }>();
  #isClosed = false;

  constructor(parts: FarNodesParts) {
    this.#parts = parts;
  }

  get(name: string): FarNode | undefined {
    if (name === "" || this.#parts.isHere(name)) return undefined;
    const node = this.#parts.store.get("Node", "", name);
    return node && this.#of(node);
  }

  at(address: string): FarNode | undefined {
    return this.get(this.nameAt(address) ?? "");
  }

  /** The name of the node whose pod has this address, be it one of this process. */
  nameAt(address: string): string | undefined {
    const { store, nodeAt } = this.#parts;
    // A range is given by the control plane; which address its pod has, a node says itself.
    const range = store.list("Node").find(({ spec }) => spec?.podCIDR && isInBlock(address, spec.podCIDR));
    const known = range?.metadata.name ?? nodeAt(address);
    if (known !== undefined) return known;
    // Of a slice that somebody else writes.
    const endpoints = store.list("EndpointSlice").flatMap(slice => slice.endpoints ?? []);
    return endpoints.find(({ addresses }) => addresses.includes(address))?.nodeName;
  }

  asked(node: Node): ReturnType<AskedNodes["asked"]> {
    const far = this.get(node.metadata.name);
    return far && (path => far.document(path));
  }

  /** The names of those that can be asked. */
  names(): readonly string[] {
    const all = this.#parts.store.list("Node").map(({ metadata: { name } }) => name);
    return all.filter(name => this.get(name) !== undefined);
  }

  /** What each container of a pod uses that runs; nothing where the node does not answer. */
  async usage({ metadata: { uid }, spec }: Pod): Promise<readonly ContainerUsage[]> {
    return (await this.get(spec.nodeName ?? "")?.usages())?.get(uid) ?? [];
  }

  async answers(name: string): Promise<boolean> {
    return (await this.get(name)?.usages()) !== undefined;
  }

  close(): void {
    this.#isClosed = true;
    for (const { node } of this.#known.values()) node.close();
    this.#known.clear();
  }

  #of({ metadata: { name }, status }: Node): FarNode | undefined {
    const credentials = this.#parts.credentials();
    const host = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
    const port = status?.daemonEndpoints?.kubeletEndpoint?.Port;
    if (this.#isClosed || !credentials || host === undefined || port === undefined) return undefined;
    // Where no kubelet listens: what nodes say that are asked by their own process alone.
    if (port === kubeletPort && host.startsWith("127.")) return undefined;
    const at = `${host}:${port}`;
    const known = this.#known.get(name);
    if (known?.at === at) return known.node;
    known?.node.close();
    const node = new FarNode(
      new NodeClient({ name, host, port }, credentials, { farewells: this.#parts.farewells?.() }),
    );
    this.#known.set(name, { at, node });
    return node;
  }
}
