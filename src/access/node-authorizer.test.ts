/** What a node may do and may not, in a table; and whom the tokens let in with which nodes join. */
import { expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { Attributes, KubernetesObject, User } from "../resources/index.ts";
import { apiServerWriter, MemoryStore, nodeWriter } from "../store/index.ts";
import { bootstrapUser } from "./bootstrap-tokens.ts";
import { nodeAccess } from "./node-authorizer.ts";

const writer = apiServerWriter("test");

async function storeOf(...objects: readonly object[]): Promise<MemoryStore> {
  const store = new MemoryStore({
    clock: new VirtualClock(),
    onFault: fault => {
      throw fault;
    },
  });
  for (const [number, given] of objects.entries()) {
    const object = given as KubernetesObject;
    const { namespace = "", name } = object.metadata;
    const metadata = { ...object.metadata, uid: `u-${number}`, creationTimestamp: "", resourceVersion: "" };
    await store.add({ kind: object.kind, namespace, name }, { ...object, metadata }, writer);
  }
  return store;
}

const pod = (name: string, nodeName: string, secret: string) => ({
  kind: "Pod",
  metadata: { name, namespace: "shop" },
  spec: {
    nodeName,
    serviceAccountName: `account-of-${name}`,
    imagePullSecrets: [{ name: "pull" }],
    containers: [
      {
        name: "main",
        image: `shop/${name}:v1`,
        env: [{ name: "A", valueFrom: { secretKeyRef: { name: secret, key: "a" } } }],
        envFrom: [{ configMapRef: { name: `map-of-${name}` } }],
      },
    ],
    volumes: [
      { name: "v", persistentVolumeClaim: { claimName: `claim-of-${name}` } },
      { name: "e", ephemeral: {} },
      { name: "p", projected: { sources: [{ configMap: { name: "kube-root-ca.crt" } }] } },
    ],
  },
});
const claim = (name: string, volumeName: string) => ({
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace: "shop" },
  spec: { volumeName },
});
const store = await storeOf(
  pod("mine", "a", "word"),
  pod("yours", "b", "other"),
  claim("claim-of-mine", "volume-1"),
  claim("claim-of-yours", "volume-2"),
  {
    kind: "PersistentVolume",
    metadata: { name: "volume-1" },
    spec: { csi: { driver: "d", nodePublishSecretRef: { name: "mount", namespace: "system" } } },
  },
  { kind: "VolumeAttachment", metadata: { name: "at-a" }, spec: { nodeName: "a" } },
  { kind: "VolumeAttachment", metadata: { name: "at-b" }, spec: { nodeName: "b" } },
);
const access = nodeAccess(store);
const { user } = nodeWriter("a");

/** `get secrets shop/word`, `watch pods spec.nodeName=a`, `create serviceaccounts/token shop/x`. */
function attributes(text: string): Attributes {
  const [verb = "", what = "", where = ""] = text.split(" ");
  if (what.startsWith("/")) {
    const none = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "" };
    return { ...none, verb, path: what };
  }
  const [, group = "", resource = "", subresource = ""] = /^(?:([^:]+):)?([^/]+)\/?(.*)$/.exec(what) ?? [];
  const isSelector = where.includes("=");
  const [first = "", second] = isSelector ? [] : where.split("/");
  const [namespace, name] = second === undefined ? ["", first] : [first, second];
  const selected = isSelector ? { fieldSelector: where } : {};
  return { verb, group, version: "v1", resource, subresource, namespace, name, ...selected };
}

test.each([
  "get nodes a",
  "watch nodes a",
  "list nodes",
  "create nodes",
  "update nodes a",
  "patch nodes/status a",
  "get pods shop/mine",
  "list pods spec.nodeName=a",
  "watch pods spec.nodeName=a",
  "delete pods shop/mine",
  "update pods/status shop/mine",
  "create pods/eviction shop/mine",
  "get secrets shop/word",
  "list secrets shop/word",
  "watch secrets shop/word",
  "get secrets shop/pull",
  "get secrets system/mount",
  "get configmaps shop/map-of-mine",
  "get configmaps shop/kube-root-ca.crt",
  "get persistentvolumeclaims shop/claim-of-mine",
  "get persistentvolumeclaims shop/mine-e",
  "patch persistentvolumeclaims/status shop/claim-of-mine",
  "get persistentvolumes volume-1",
  "get serviceaccounts shop/account-of-mine",
  "create serviceaccounts/token shop/account-of-mine",
  "get storage.k8s.io:volumeattachments at-a",
  "get storage.k8s.io:csinodes a",
  "create coordination.k8s.io:leases kube-node-lease/",
  "update coordination.k8s.io:leases kube-node-lease/a",
  "create certificates.k8s.io:certificatesigningrequests",
  "create events shop/",
  "list services",
  "watch discovery.k8s.io:endpointslices",
  "watch networking.k8s.io:networkpolicies",
  "get /k4s/images/shop%2Fmine%3Av1",
  `get /k4s/images/shop%2Fmine%3Av1/${"0".repeat(64)}`,
])("node a may %s", text => {
  expect(access.verdictOf(user, attributes(text))?.allowed).toBe(true);
});

test.each([
  "get nodes b",
  "delete nodes a",
  "update nodes b",
  "update nodes/status b",
  "get pods shop/yours",
  "get pods shop/none",
  "update pods shop/mine",
  "delete pods shop/yours",
  "update pods/status shop/yours",
  "create pods/eviction shop/yours",
  "create pods/exec shop/mine",
  "get pods/log shop/mine",
  "create pods/binding shop/mine",
  "get secrets shop/other",
  "list secrets shop/",
  "list secrets",
  "watch secrets",
  "get secrets system/word",
  "update secrets shop/word",
  "get configmaps shop/map-of-yours",
  "update configmaps shop/map-of-mine",
  "get persistentvolumeclaims shop/claim-of-yours",
  "update persistentvolumeclaims shop/claim-of-mine",
  "get persistentvolumes volume-2",
  "list persistentvolumes",
  "create serviceaccounts/token shop/account-of-yours",
  "list serviceaccounts shop/",
  "get storage.k8s.io:volumeattachments at-b",
  "get storage.k8s.io:csinodes b",
  "update coordination.k8s.io:leases kube-node-lease/b",
  "get coordination.k8s.io:leases kube-system/a",
  "list coordination.k8s.io:leases kube-node-lease/",
  "update services shop/x",
  "create apps:deployments shop/",
  "approve certificates.k8s.io:signers kubernetes.io/kubelet-serving",
  "update certificates.k8s.io:certificatesigningrequests/approval x",
  "create rbac.authorization.k8s.io:clusterrolebindings",
  "get /k4s/images/shop%2Fyours%3Av1",
  "get /k4s/images/shop%2Fmine%3Av1/../shop%2Fyours%3Av1",
  "get /k4s/images/",
  "get /k4s/images/%",
  "post /k4s/images/shop%2Fmine%3Av1",
  "get /k4s/nodes",
  "get /metrics",
])("node a may not %s", text => {
  const verdict = access.verdictOf(user, attributes(text));
  expect(verdict).toEqual({
    allowed: false,
    reason: "no relationship found between node 'a' and this object",
  });
});

test.each<[string, User, boolean | undefined]>([
  ["somebody called like a node, outside of the group", { name: "system:node:a", groups: [] }, undefined],
  ["somebody of the group who is no node", { name: "eve", groups: ["system:nodes"] }, false],
  ["a node without a name", { name: "system:node:", groups: ["system:nodes"] }, false],
])("%s", (_, who, allowed) => {
  expect(access.verdictOf(who, attributes("get secrets shop/word"))?.allowed).toBe(allowed);
});

const base64 = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
const shown = "abcdef.0123456789abcdef";
const good = {
  "token-id": "abcdef",
  "token-secret": "0123456789abcdef",
  "usage-bootstrap-authentication": "true",
};

test.each<[string, object, object, string | undefined]>([
  ["that is good", good, {}, "system:bootstrap:abcdef"],
  ["that runs out later", { ...good, expiration: "1970-01-01T00:00:02Z" }, {}, "system:bootstrap:abcdef"],
  ["with a group", { ...good, "auth-extra-groups": "system:bootstrappers:x" }, {}, "system:bootstrap:abcdef"],
  ["that has run out", { ...good, expiration: "1970-01-01T00:00:01Z" }, {}, undefined],
  ["whose end cannot be read", { ...good, expiration: "soon" }, {}, undefined],
  ["with another secret", { ...good, "token-secret": "0123456789abcdee" }, {}, undefined],
  ["with a secret that is a part of it", { ...good, "token-secret": "0123456789" }, {}, undefined],
  ["without a secret", { "token-id": "abcdef", "usage-bootstrap-authentication": "true" }, {}, undefined],
  ["with another id in it", { ...good, "token-id": "aaaaaa" }, {}, undefined],
  ["that is not for clients", { ...good, "usage-bootstrap-authentication": "yes" }, {}, undefined],
  ["that would give any group", { ...good, "auth-extra-groups": "system:masters" }, {}, undefined],
  ["in a Secret of another type", good, { type: "Opaque" }, undefined],
  ["in another namespace", good, { namespace: "default" }, undefined],
  ["that is being deleted", good, { deletionTimestamp: "1970-01-01T00:00:00Z" }, undefined],
])("a token %s", async (_, data, more, name) => {
  const { type = "bootstrap.kubernetes.io/token", ...metadata } = more as { type?: string };
  const secret = {
    kind: "Secret",
    metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system", ...metadata },
    type,
    data: base64(data as Record<string, string>),
  };
  expect(bootstrapUser(shown, await storeOf(secret), 1_000)?.name).toBe(name);
});

test.each(["", "abcdef", "abcdef.", "ABCDEF.0123456789abcdef", `${shown}x`, `x${shown}`, "../../.x"])(
  "%j is no token",
  text => {
    expect(bootstrapUser(text, store, 0)).toBeUndefined();
  },
);
