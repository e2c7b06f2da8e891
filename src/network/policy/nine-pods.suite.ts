/**
 * For tests: the world of Kubernetes' own tests of NetworkPolicy (test/e2e/network/netpol): the pods a, b and c in each of the namespaces
 * x, y and z, and which of them reach which. Each pod has the named ports `serve-80-tcp`, `serve-81-tcp` and so on.
 */
import { VirtualClock } from "../../outside/index.ts";
import type { KubernetesObject, NetworkPolicySpec } from "../../resources/index.ts";
import { administrator, MemoryStore } from "../../store/index.ts";
import { Policies } from "./policies.ts";
import type { PolicyEnd } from "./policy-end.ts";
import type { Protocol, Verdict } from "./verdict.ts";

export const namespaces = ["x", "y", "z"] as const;
export const podNames = ["a", "b", "c"] as const;
/** `x/a`, `x/b`, … */
export const nine: readonly string[] = namespaces.flatMap(ns => podNames.map(pod => `${ns}/${pod}`));

type Change = (object: Record<string, unknown>) => Record<string, unknown>;

export class NinePods {
  readonly store = new MemoryStore({
    clock: new VirtualClock(),
    onFault: fault => {
      throw fault;
    },
  });
  readonly policies = new Policies(this.store);

  async start(): Promise<this> {
    for (const [i, ns] of namespaces.entries()) {
      await this.write("Namespace", "", ns, {
        metadata: { labels: { "kubernetes.io/metadata.name": ns, ns } },
      });
      for (const [j, name] of podNames.entries()) await this.pod(ns, name, { address: `10.0.${i}.${j + 1}` });
    }
    this.policies.start();
    return this;
  }

  async pod(
    ns: string,
    name: string,
    {
      address = "10.0.9.9",
      labels = { pod: name },
      ...spec
    }: { address?: string; labels?: Record<string, string>; hostNetwork?: boolean; nodeName?: string } = {},
  ): Promise<void> {
    const ports = [80, 81].flatMap(containerPort =>
      ["TCP", "UDP"].map(protocol => ({
        name: `serve-${containerPort}-${protocol.toLowerCase()}`,
        containerPort,
        protocol,
      })),
    );
    const containers = [{ name: "main", image: "agnhost", ports }];
    const status = { podIP: address, podIPs: [{ ip: address }] };
    await this.write("Pod", ns, name, { metadata: { labels }, spec: { containers, ...spec }, status });
  }

  policy(ns: string, name: string, spec: NetworkPolicySpec): Promise<void> {
    return this.write("NetworkPolicy", ns, name, { spec });
  }

  async write(
    kind: "Pod" | "Namespace" | "NetworkPolicy" | "Service" | "EndpointSlice",
    ns: string,
    name: string,
    fields: object,
  ): Promise<void> {
    const key = { kind, namespace: ns, name };
    const before: KubernetesObject | undefined = this.store.get(kind, ns, name);
    const uid = before?.metadata.uid ?? `${kind} ${ns}/${name}`;
    const { metadata, ...rest } = fields as { metadata?: object };
    const object = { apiVersion: "v1", kind, ...rest, metadata: { ...metadata, namespace: ns, name, uid } };
    if (before) await this.store.replace(key, before, at(object, before), author);
    else await this.store.add(key, object as unknown as KubernetesObject, author);
  }

  async change(kind: "Pod" | "Namespace", ns: string, name: string, change: Change): Promise<void> {
    const before: KubernetesObject | undefined = this.store.get(kind, ns, name);
    if (!before) throw new Error(`no ${kind} ${ns}/${name}`);
    const changed = change(before as unknown as Record<string, unknown>);
    await this.store.replace({ kind, namespace: ns, name }, before, at(changed, before), author);
  }

  async remove(kind: "Pod" | "NetworkPolicy", ns: string, name: string): Promise<void> {
    const before: KubernetesObject | undefined = this.store.get(kind, ns, name);
    if (before) await this.store.remove({ kind, namespace: ns, name }, before, author);
  }

  /** A pod as `x/a`, or an address. */
  end(text: string): PolicyEnd {
    const [ns = "", name] = text.split("/");
    if (name === undefined) return this.policies.endAt(text);
    const pod = this.policies.endOf(`Pod ${ns}/${name}`);
    if (!pod) throw new Error(`no pod ${text}`);
    return pod;
  }

  verdict(from: string, to: string, port?: number, protocol: Protocol = "TCP"): Verdict {
    return this.policies.verdict(this.end(from), this.end(to), port, protocol);
  }

  /** The pairs that are denied, as `x/a>y/b`, of all pairs of two different pods. */
  denied(port = 80, protocol: Protocol = "TCP"): string[] {
    return pairs(([from, to]) => !this.verdict(from, to, port, protocol).allowed);
  }
}

/** The pairs of two different pods of the nine that this holds for, as `x/a>y/b`. */
export function pairs(holds: (pair: readonly [string, string]) => boolean): string[] {
  return nine.flatMap(from => nine.filter(to => to !== from && holds([from, to])).map(to => `${from}>${to}`));
}

const author = { actor: "test", user: administrator, manager: "test" };

function at(object: object, before: KubernetesObject): KubernetesObject {
  const { metadata } = object as KubernetesObject;
  const { resourceVersion } = before.metadata;
  return { ...object, metadata: { ...metadata, resourceVersion } } as KubernetesObject;
}
