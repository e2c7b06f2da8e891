/** What the program that runs a cluster asks about NetworkPolicies: whether one may connect to another, and what holds for a pod. */
import { type Client, calls } from "../../api/index.ts";
import { ApiError, checkArguments } from "../../errors/index.ts";
import type { Network, PolicyTest, PolicyTestOptions } from "../../network/index.ts";

interface PolicyParts {
  readonly client: Client;
  readonly network: Pick<Network, "testPolicy" | "policiesOf">;
  readonly running: () => Promise<void> | undefined;
}

/** What NetworkPolicies do to a pod. */
export interface PodPolicies {
  /** Those that select it, as `namespace/name`. None: it is open in that direction. */
  readonly ingress: readonly string[];
  readonly egress: readonly string[];
  /** What of its connections and messages was denied lately, in the words of the events, the last one first. */
  readonly denied: readonly string[];
}

export class OwnPolicy {
  readonly #parts: PolicyParts;

  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  /**
   * Whether NetworkPolicies allow `from` to connect to `to`, by the policies as they are now; nothing is sent. Each is a pod, a Service or
   * an address, named as in `api.send`, and `to` may have a port behind it: `web:80`, `dns.kube-system:53/UDP`. Without a port it is about
   * messages. Fails with NotFound where something that is named is not there.
   */
  async test(from: string, to: string, options: PolicyTestOptions = {}): Promise<PolicyTest> {
    checkArguments("policy.test", calls["policy.test"], [from, to, options]);
    await this.#parts.running();
    return this.#parts.network.testPolicy(from, to, options);
  }

  /**
   * Which policies select a pod, and what was denied to it lately. Fails with NotFound where there is no such pod.
   * @param ref `Pod/name` or `Pod/namespace/name`
   */
  async of(ref: string): Promise<PodPolicies> {
    checkArguments("policy.of", calls["policy.of"], [ref]);
    await this.#parts.running();
    const { client, network } = this.#parts;
    const { kind, namespace, name } = client.keyOf(ref);
    const pod = kind === "Pod" ? await client.get("Pod", name, namespace) : undefined;
    const selecting = pod && network.policiesOf(pod.metadata.uid);
    if (!selecting) throw new ApiError("NotFound", `${ref} is no pod that is there`);
    const events = await client.events(ref);
    const denied = events.flatMap(({ reason, message }) =>
      reason === "ConnectionDenied" ? (message ?? []) : [],
    );
    return { ingress: selecting.Ingress, egress: selecting.Egress, denied: denied.toReversed() };
  }
}

/** For `k4s why`; empty where no policy is about the pod and nothing was denied. */
export function policiesText({ ingress, egress, denied }: PodPolicies): string {
  if (ingress.length + egress.length + denied.length === 0) return "";
  const selected = (policies: readonly string[]) => policies.join(", ") || "none, it is open";
  const lines = [
    `NetworkPolicies that select it for ingress: ${selected(ingress)}`,
    `NetworkPolicies that select it for egress: ${selected(egress)}`,
    ...denied.slice(0, mostDenied).map(text => `denied lately: ${text}`),
  ];
  return `\n${lines.map(line => `${line}\n`).join("")}`;
}

const mostDenied = 10;
