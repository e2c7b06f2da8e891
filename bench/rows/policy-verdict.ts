/**
 * A verdict of NetworkPolicies with 1,000 policies and 5,000 pods in 50 namespaces, as each new connection asks for it: remembered, and
 * for the first time after a policy has changed, when the policies of both pods are found again.
 */
import { Policies } from "../../src/network/policy/index.ts";
import { realClock } from "../../src/outside/index.ts";
import type { KubernetesObject } from "../../src/resources/index.ts";
import { administrator, MemoryStore } from "../../src/store/index.ts";
import { runAlone } from "../alone.ts";
import { byPace } from "../pace.ts";
import type { Row, Side } from "../row.ts";

const pods = 5_000;
const policies = 1_000;
const namespaces = 50;
const pairs = byPace(20_000, 100_000, 200_000);

const author = { actor: "bench", manager: "bench", user: administrator };
const addressOf = (n: number) => `10.1.${n >> 8}.${n & 255}`;
const namespaceOf = (n: number) => `ns-${n % namespaces}`;

/** @param isFirst whether a policy has changed before each round */
async function open(isFirst: boolean): Promise<Side> {
  const store = new MemoryStore({ clock: realClock, onFault: console.error });
  const write = (
    kind: string,
    namespace: string,
    name: string,
    more: { metadata?: object; spec?: object },
  ) => {
    const metadata = { ...more.metadata, namespace, name, uid: `${kind}/${namespace}/${name}` };
    const object = { apiVersion: "v1", kind, ...more, metadata } as unknown as KubernetesObject;
    return store.add({ kind, namespace, name }, object, author);
  };
  for (let n = 0; n < namespaces; n++)
    await write("Namespace", "", namespaceOf(n), { metadata: { labels: { team: `t-${n % 5}` } } });
  for (let n = 0; n < pods; n++) {
    const labels = { app: `app-${n % 20}`, tier: `tier-${n % 3}` };
    const more = { metadata: { labels }, spec: { containers: [] }, status: { podIP: addressOf(n) } };
    await write("Pod", namespaceOf(n), `pod-${n}`, more);
  }
  for (let n = 0; n < policies; n++)
    await write("NetworkPolicy", namespaceOf(n), `policy-${n}`, policyOf(n, 0));
  const known = new Policies(store);
  known.start();
  let round = 0;
  return {
    async round() {
      if (isFirst) await change(store, ++round);
      const connections = Array.from({ length: pairs }, (_, n) => {
        // The same thousand pairs again and again, or ever others.
        const at = isFirst ? n : n % 1_000;
        return [
          known.endAt(addressOf((at * 7) % pods)),
          known.endAt(addressOf((at * 13 + 1) % pods)),
        ] as const;
      });
      if (!isFirst) for (const [from, to] of connections) known.verdict(from, to, 80);
      let allowed = 0;
      const began = performance.now();
      for (const [from, to] of connections) if (known.verdict(from, to, 80).allowed) allowed++;
      const took = performance.now() - began;
      if (allowed === 0 || allowed === pairs) throw new Error("the policies decide nothing");
      return (took * 1_000) / pairs;
    },
    async close() {},
  };
}

function policyOf(n: number, port: number): { spec: object } {
  const matchLabels = { app: `app-${n % 20}` };
  const namespaceSelector = { matchLabels: { team: `t-${n % 5}` } };
  const ingress = [
    {
      from: [{ podSelector: { matchLabels: { tier: `tier-${n % 3}` } }, namespaceSelector }],
      ports: [{ port: 80 }],
    },
    {
      from: [{ ipBlock: { cidr: "10.1.0.0/20", except: ["10.1.4.0/24"] } }],
      ports: [{ port: 1_000 + port }],
    },
  ];
  return { spec: { podSelector: { matchLabels }, policyTypes: ["Ingress"], ingress } };
}

async function change(store: MemoryStore, port: number): Promise<void> {
  const key = { kind: "NetworkPolicy", namespace: namespaceOf(0), name: "policy-0" };
  const before = store.get("NetworkPolicy", key.namespace, key.name);
  if (before) await store.replace(key, before, { ...before, ...policyOf(0, port) } as typeof before, author);
}

export const row: Row = {
  id: "policy-verdict",
  part: "control-plane",
  title: "Verdict of NetworkPolicies: 1,000 policies, 5,000 pods",
  unit: "µs",
  better: "less",
  rounds: 3,
  roundSeconds: 0.5,
  openSeconds: 3,
  sides: new Map([
    ["k4s, remembered", () => open(false)],
    ["k4s, first after a change", () => open(true)],
  ]),
  goals: [{ atMost: 5 }],
};

await runAlone(import.meta.url, row);
