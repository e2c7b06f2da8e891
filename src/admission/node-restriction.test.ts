/** What a node may write and what not, by what stands in it. */
import { expect, test } from "vitest";
import type { Draft, KubernetesObject } from "../resources/index.ts";
import { type AdmissionRequest, deepFreeze, nodeWriter } from "../store/index.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { asking } from "./test-requests.ts";

const { user: named } = nodeWriter("a");
const extra = { "authentication.kubernetes.io/credential-id": ["X509SHA256=00"] };
const user = { ...named, extra };

const node = (labels: object = {}, spec: object = {}) =>
  deepFreeze({ apiVersion: "v1", kind: "Node", metadata: { name: "a", labels }, spec }) as Draft;
const pod = (nodeName: string, labels: object = {}) =>
  deepFreeze({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "demo", uid: "u-1", labels },
    spec: { nodeName, serviceAccountName: "worker", containers: [] },
  }) as unknown as Draft;
const token = (bound: object | undefined) =>
  ({ kind: "TokenRequest", metadata: {}, spec: { boundObjectRef: bound } }) as unknown as Draft;
const lease = { kind: "Lease", metadata: { name: "a" }, spec: {} } as unknown as Draft;

const mine = pod("a");
const yours = pod("b");

function run(
  kind: string,
  object: Draft | undefined,
  asked: Partial<AdmissionRequest>,
  inStore = mine,
  own = node(),
) {
  const reader = {
    get: (of: string) => (of === "Node" ? own : inStore) as never,
    list: () => [] as never,
    kindOf: () => undefined,
  };
  const request = asking(kind, { user, ...asked });
  try {
    nodeRestriction.validate?.(object, request, { ...reader, revision: 0, changes: () => [] });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Reports that its pod has an address. */
function giving(
  podIP: string,
  spec: object = { podCIDR: "127.128.0.0/24" },
  as: AdmissionRequest["user"] = user,
) {
  const reported = { ...mine, status: { podIP, podIPs: [{ ip: podIP }] } } as Draft;
  const asked = { operation: "UPDATE", subresource: "status", old: old(mine), user: as } as const;
  return run("Pod", reported, asked, mine, node({}, spec));
}

const machine = "topology.folder.csi.k4s.dev/machine";
const old = (object: Draft) => object as KubernetesObject;
const changing = { name: "a", operation: "UPDATE" } as const;

test.each<[string, string | undefined, string | undefined]>([
  [
    "registers itself",
    run("Node", node({ "kubernetes.io/hostname": "a", tier: "x" }), { name: "a" }),
    undefined,
  ],
  ["registers another", run("Node", node(), { name: "b" }), 'is not allowed to modify node "b"'],
  [
    "draws pods by a label",
    run("Node", node({ "node-restriction.kubernetes.io/secret": "yes" }), { name: "a" }),
    "is not allowed to modify labels: node-restriction.kubernetes.io/secret",
  ],
  [
    "calls itself a control plane",
    run("Node", node({ "node-role.kubernetes.io/control-plane": "" }), { ...changing, old: old(node()) }),
    "is not allowed to modify labels: node-role.kubernetes.io/control-plane",
  ],
  [
    "takes such a label away",
    run("Node", node(), { ...changing, old: old(node({ "x.kubernetes.io/y": "" })) }),
    "is not allowed to modify labels: x.kubernetes.io/y",
  ],
  [
    "has its zone",
    run("Node", node({ "topology.kubernetes.io/zone": "z" }), { ...changing, old: old(node()) }),
    undefined,
  ],
  [
    "registers with addresses of others",
    run("Node", node({}, { podCIDR: "127.0.0.0/8", podCIDRs: ["127.0.0.0/8"] }), { name: "a" }),
    "is not allowed to modify podCIDR and podCIDRs",
  ],
  [
    "takes more addresses",
    run("Node", node({}, { podCIDR: "127.0.0.0/8" }), {
      ...changing,
      old: old(node({}, { podCIDR: "127.128.0.0/24" })),
    }),
    "is not allowed to modify podCIDR and podCIDRs",
  ],
  [
    "takes a further range",
    run("Node", node({}, { podCIDR: "127.128.0.0/24", podCIDRs: ["127.128.0.0/24", "127.1.0.0/16"] }), {
      ...changing,
      old: old(node({}, { podCIDR: "127.128.0.0/24", podCIDRs: ["127.128.0.0/24"] })),
    }),
    "is not allowed to modify podCIDR and podCIDRs",
  ],
  [
    "keeps its range",
    run("Node", node({ tier: "x" }, { podCIDR: "127.128.0.0/24" }), {
      ...changing,
      old: old(node({}, { podCIDR: "127.128.0.0/24" })),
    }),
    undefined,
  ],
  [
    "of this process registers with a range",
    run("Node", node({}, { podCIDR: "127.4.0.0/14" }), { name: "a", user: named }),
    undefined,
  ],
  ["has its own volumes", run("Node", node({ [machine]: "a" }), { name: "a" }), undefined],
  [
    "has the volumes of another",
    run("Node", node({ [machine]: "b" }), { name: "a" }),
    "is not allowed to be of another machine than its own",
  ],
  [
    "takes the volumes of another",
    run("Node", node({ [machine]: "b" }), { ...changing, old: old(node({ [machine]: "a" })) }),
    "is not allowed to be of another machine than its own",
  ],
  [
    "of this process is of its machine",
    run("Node", node({ [machine]: "host-0" }), { name: "a", user: named }),
    undefined,
  ],
  [
    "takes a taint away",
    run("Node", node(), {
      ...changing,
      old: old(node({}, { taints: [{ key: "x", effect: "NoSchedule" }] })),
    }),
    "is not allowed to modify taints",
  ],
  [
    "deletes itself",
    run("Node", undefined, { ...changing, operation: "DELETE", old: old(node()) }),
    "is not allowed to delete itself",
  ],
  [
    "reports on its pod",
    run("Pod", mine, { operation: "UPDATE", subresource: "status", old: old(mine) }),
    undefined,
  ],
  [
    "reports on another's pod",
    run("Pod", yours, { operation: "UPDATE", subresource: "status", old: old(yours) }, yours),
    "can only update status for pods with spec.nodeName set to itself",
  ],
  ["gives its pod an address of its range", giving("127.128.0.7"), undefined],
  ["gives its pod the address of another's", giving("127.1.0.1"), "of its spec.podCIDR, and not 127.1.0.1"],
  ["gives its pod one of the world outside", giving("10.0.0.7"), "of its spec.podCIDR, and not 10.0.0.7"],
  ["gives an address before it has a range", giving("127.128.0.7", {}), "and not 127.128.0.7"],
  ["of this process gives any address", giving("127.1.0.1", {}, named), undefined],
  ["of this process has a range that it does not use", giving("127.1.0.1", undefined, named), undefined],
  [
    "draws a Service to its pod",
    run("Pod", pod("a", { app: "shop" }), { operation: "UPDATE", subresource: "status", old: old(mine) }),
    "cannot update labels through pod status",
  ],
  [
    "deletes another's pod",
    run("Pod", undefined, { operation: "DELETE", old: old(yours) }, yours),
    "can only delete pods with spec.nodeName set to itself",
  ],
  ["creates a pod", run("Pod", mine, {}), "can only create pods that mirror those of its own files"],
  ["renews its lease", run("Lease", lease, { ...changing, namespace: "kube-node-lease" }), undefined],
  [
    "renews another's lease",
    run(
      "Lease",
      { ...lease, metadata: { name: "b" } },
      { ...changing, name: "b", namespace: "kube-node-lease" },
    ),
    "can only access the lease of its own name",
  ],
  [
    "takes the lease of a leader",
    run("Lease", lease, { ...changing, namespace: "kube-system" }),
    "can only access leases in the kube-node-lease namespace",
  ],
  [
    "asks for a token of its pod",
    run("ServiceAccount", token({ kind: "Pod", name: "p", uid: "u-1" }), {
      name: "worker",
      subresource: "token",
    }),
    undefined,
  ],
  [
    "asks for a token that is bound to nothing",
    run("ServiceAccount", token(undefined), { name: "worker", subresource: "token" }),
    "requested token not bound to a pod",
  ],
  [
    "asks for a token of an earlier pod",
    run("ServiceAccount", token({ kind: "Pod", name: "p", uid: "u-0" }), {
      name: "worker",
      subresource: "token",
    }),
    "requested token bound to a pod scheduled on a different node",
  ],
  [
    "asks for a token of another account",
    run("ServiceAccount", token({ kind: "Pod", name: "p", uid: "u-1" }), {
      name: "admin",
      subresource: "token",
    }),
    "of an account that the pod does not run as",
  ],
  ["who is no node", run("Node", node(), { name: "b", user: { name: "eve", groups: [] } }), undefined],
])("a node %s", (_, told, why) => {
  if (why === undefined) expect(told).toBeUndefined();
  else expect(told).toContain(why);
});
