/** A node in another process: it joins with a token, runs pods with what they name, is lost and comes again; and what it may not do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { joinCluster, type Pod, type Secret } from "k4s";
import { startCluster, type TestCluster } from "k4s/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { keyHash } from "../src/cluster/index.ts";
import { realClock } from "../src/outside/index.ts";
import { built } from "./built.ts";
import { authorityIn, bootstrapToken } from "./joining.ts";

let folder: string;
let k4s: TestCluster;
let ca: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "joined-test-")));
  for (const name of ["images", "none"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "images", "other.mjs"), "export default 1;");
  writeFileSync(
    join(folder, "images", "teller.mjs"),
    `import { randomUUID } from "node:crypto";
     import { appendFileSync, readFileSync } from "node:fs";
     export default async ({ api, self }) => {
       const { metadata } = await api.get("Pod", self.pod);
       const events = [];
       for await (const { type } of api.watch("Pod", { namespace: metadata.namespace })) { events.push(type); break; }
       const none = await api.get("Pod", "nobody");
       const refused = await api.list("Secret", { namespace: metadata.namespace }).catch(({ reason }) => reason);
       const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: self.pod, labels: { of: self.pod } } };
       const [{ data: first }] = await api.apply({ ...map, data: { a: "1", b: "2" } });
       const [{ data: second }] = await api.apply([{ ...map, data: { b: "3" } }, { apiVersion: "test.dev/v1", kind: "Widget", metadata: { name: self.pod } }]);
       const widget = await api.get("Widget", self.pod);
       const gone = await api.deleteCollection("ConfigMap", { namespace: metadata.namespace, labelSelector: "of=" + self.pod });
       const bad = await api.apply({ ...map, data: { a: 1 } }).catch(({ reason }) => reason);
       const applied = [first, second, widget.metadata.name === self.pod, gone.map(each => [each.kind, each.metadata.managedFields[0].manager]), bad];
       appendFileSync("/kept/runs", self.pod + "\\n");
       const runs = readFileSync("/kept/runs", "utf8").split("\\n").filter(line => line === self.pod).length;
       const annotations = { kept: String(runs), seen: JSON.stringify([events, none ?? null, refused]), applied: JSON.stringify(applied), run: randomUUID() };
       await api.patch("Pod", self.pod, { metadata: { annotations } });
       console.log(process.env.GREETING, process.env.PASSWORD, readFileSync("/etc/told/greeting", "utf8"));
       await new Promise(() => setInterval(() => {}, 1e6));
     };`,
  );
  k4s = await startServing("127.0.0.1:0");
  ca = authorityIn(k4s);
  writeFileSync(join(folder, "ca.pem"), ca);
});
afterEach(async () => {
  for (const child of children) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
afterAll(async () => {
  await k4s.stop();
  rmSync(folder, { recursive: true });
});

function startServing(listen: string): Promise<TestCluster> {
  return startCluster({ data: join(folder, "cluster"), images: join(folder, "images"), listen });
}

const token = (id: string, more: Readonly<Record<string, string>> = {}, at = k4s) =>
  bootstrapToken(at, id, more);

/** `k4s node --join`, and what it says until it is ready, or has ended. */
async function joins(name: string, args: readonly string[]) {
  // It has no images of its own: they come from the cluster.
  const given = ["--name", name, "--images", join(folder, "none"), ...args];
  const child = spawn(process.execPath, [join(built, "cli.js"), "node", "--join", k4s.url, ...given], {
    env: { PATH: process.env.PATH, HOME: folder, NODE_NO_WARNINGS: "1" },
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  let stderr = "";
  child.stderr.on("data", piece => (stderr += piece));
  const closed = once(child, "close");
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith("ready")) return { child, isReady: true, said: () => stderr };
  await closed;
  return { child, isReady: false, said: () => stderr };
}

const isRunningOn = (node: string) => (pod: Pod) =>
  pod.spec.nodeName === node &&
  pod.status?.phase === "Running" &&
  pod.metadata.annotations?.seen !== undefined &&
  pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

async function podsOn(node: string, count: number): Promise<Pod[]> {
  for await (const _ of k4s.cluster.watch("Pod")) {
    const pods = (await k4s.cluster.list("Pod")).filter(isRunningOn(node));
    if (pods.length === count) return pods;
  }
  return [];
}

const manifest = (node: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.test.dev }
spec:
  group: test.dev
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: told }
data: { greeting: hello }
---
apiVersion: v1
kind: Secret
metadata: { name: word }
stringData: { password: open sesame }
---
apiVersion: v1
kind: Secret
metadata: { name: other }
stringData: { password: not for nodes }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: pods }
rules:
  - { apiGroups: [""], resources: [pods], verbs: [get, list, watch, patch] }
  - { apiGroups: ["", test.dev], resources: [configmaps, widgets], verbs: [get, create, patch, deletecollection] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: pods }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: pods }
subjects: [{ kind: ServiceAccount, name: default, namespace: default }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: teller }
spec:
  replicas: 2
  selector: { matchLabels: { app: teller } }
  template:
    metadata: { labels: { app: teller } }
    spec:
      nodeSelector: { kubernetes.io/hostname: ${node} }
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: teller
          env:
            - { name: GREETING, valueFrom: { configMapKeyRef: { name: told, key: greeting } } }
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: word, key: password } } }
          volumeMounts: [{ name: told, mountPath: /etc/told }, { name: kept, mountPath: /kept }]
      volumes:
        - { name: told, configMap: { name: told } }
        - { name: kept, persistentVolumeClaim: { claimName: kept } }
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: near }
provisioner: folder.csi.k4s.dev
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: kept }
spec: { storageClassName: near, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: elsewhere }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---
apiVersion: v1
kind: Pod
metadata: { name: secretive, annotations: { note: for node-0 alone } }
spec:
  nodeSelector: { kubernetes.io/hostname: node-0 }
  containers:
    - { name: main, image: busybox, command: [sleep, infinity], env: [{ name: A, value: for node-0 alone }] }
---
apiVersion: v1
kind: Pod
metadata: { name: elsewhere }
spec:
  nodeSelector: { kubernetes.io/hostname: ${node} }
  containers: [{ name: main, image: teller }]
  volumes: [{ name: kept, persistentVolumeClaim: { claimName: elsewhere } }]
`;

interface Kept {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What the API answers to who shows the certificate of a node. */
function textAsNode(kept: Kept, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, k4s.url), { ...kept }, async answer => resolve(await text(answer)));
    sent.once("error", reject);
    sent.end();
  });
}

function asNode(kept: Kept, path: string, { method = "GET", body }: { method?: string; body?: object } = {}) {
  return new Promise<number>((resolve, reject) => {
    const headers = body && { "content-type": "application/json" };
    const sent = request(new URL(path, k4s.url), { ...kept, method, headers }, answer => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}

test("a node of another process runs pods with what they name, is killed, and takes them up again", async () => {
  const data = join(folder, "far");
  const given = await token("goodid");
  const first = await joins("far", ["--data", data, "--token", given, "--ca-hash", keyHash(ca)]);
  expect({ isReady: first.isReady, said: first.said() }).toEqual({ isReady: true, said: "" });
  const node = await k4s.cluster.get("Node", "far");
  expect(node?.spec?.podCIDR).toBe("127.128.0.0/24");

  await k4s.cluster.apply(manifest("far"));
  const pods = await podsOn("far", 2);
  expect(pods.map(({ status }) => status?.podIP).sort()).toEqual(["127.128.0.1", "127.128.0.2"]);

  // What a worker asks of the cluster is asked as its account.
  const seen = pods.map(({ metadata }) => metadata.annotations?.seen);
  expect(seen).toEqual(Array(2).fill('[["ADDED"],null,"Forbidden"]'));
  for (const { metadata } of pods)
    expect(JSON.parse(metadata.annotations?.applied ?? "null")).toEqual([
      { a: "1", b: "2" },
      { b: "3" },
      true,
      [["ConfigMap", "worker"]],
      "Invalid",
    ]);

  // The claim's volume lies on that machine, and one that was made before anybody asked for a node lies with the cluster.
  expect(pods.map(({ metadata }) => metadata.annotations?.kept)).toEqual(["1", "1"]);
  const volumes = await k4s.cluster.list("PersistentVolume");
  const near = volumes.find(({ spec }) => spec?.storageClassName === "near");
  expect(near?.spec?.csi?.volumeHandle).toBe(`far/${near?.metadata.name}`);
  expect(near?.spec?.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
    { matchExpressions: [{ key: "topology.folder.csi.k4s.dev/machine", operator: "In", values: ["far"] }] },
  ]);
  expect(readdirSync(join(data, "volumes", "volumes"))).toEqual([near?.metadata.name]);
  await k4s.cluster.waitFor("Pod/secretive", "Ready");
  await k4s.cluster.waitFor("Pod/elsewhere", pod =>
    Boolean(
      pod?.status?.conditions?.some(({ message = "" }) =>
        message.includes("didn't match PersistentVolume's node affinity"),
      ),
    ),
  );

  const kept = JSON.parse(readFileSync(join(data, "node-client.json"), "utf8")) as Kept;
  const may = async (path: string) => (await asNode(kept, path)) < 300;
  const secrets = "/api/v1/namespaces/default/secrets";
  expect(await may(`${secrets}/word`)).toBe(true);
  expect(await may(`${secrets}?fieldSelector=metadata.name%3Dword`)).toBe(true);
  expect(await may(`${secrets}/other`)).toBe(false);
  expect(await may(secrets)).toBe(false);
  expect(await may(`/api/v1/namespaces/kube-system/secrets/bootstrap-token-goodid`)).toBe(false);
  expect(await may("/k4s/images/teller")).toBe(true);
  expect(await may("/k4s/images/other")).toBe(false);
  expect(await may("/api/v1/nodes/far")).toBe(true);
  expect(await may("/api/v1/nodes/node-0")).toBe(false);

  // Of the pods of others it sees where they are, and not what they run with.
  const ofOthers = await textAsNode(kept, "/api/v1/pods?fieldSelector=metadata.name%3Dsecretive");
  expect(ofOthers).toContain('"nodeName":"node-0"');
  expect(ofOthers).toMatch(/"podIP":"127/);
  for (const query of [
    "",
    "?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
  ]) {
    const all = await textAsNode(kept, `/api/v1/pods${query}`);
    expect(all).toContain("secretive");
    expect(all).not.toContain("for node-0 alone");
    expect(all).toContain("GREETING");
  }

  const uids = pods.map(({ metadata }) => metadata.uid).sort();
  const runs = pods.map(({ metadata }) => metadata.annotations?.run);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const again = await joins("far", ["--data", data]);
  expect({ isReady: again.isReady, said: again.said() }).toEqual({ isReady: true, said: "" });
  for await (const _ of k4s.cluster.watch("Pod")) {
    const now = (await k4s.cluster.list("Pod")).filter(isRunningOn("far"));
    // What a container asks of the cluster has been answered: one that still asks when the API server goes would fail, and rightly.
    const again = now.filter(
      ({ metadata, status }) =>
        status?.containerStatuses?.[0]?.restartCount === 1 && !runs.includes(metadata.annotations?.run),
    );
    if (again.length < 2) continue;
    expect(now.map(({ metadata }) => metadata.uid).sort()).toEqual(uids);
    expect(now.map(({ metadata }) => metadata.annotations?.kept)).toEqual(["2", "2"]);
    break;
  }

  // The API server goes, and comes again: what runs on the node does not notice.
  const { host } = new URL(k4s.url);
  await k4s.stop();
  k4s = await startServing(host);
  while (!again.said().endsWith("the cluster is heard again\n")) await once(again.child.stderr, "data");
  // A server that ends takes its connections down one after the other: it may be heard once more between two of them.
  expect(again.said()).toMatch(/^(k4s: the cluster is not heard.*\nk4s: the cluster is heard again\n)+$/);
  const after = await podsOn("far", 2);
  expect(after.map(({ metadata }) => metadata.uid).sort()).toEqual(uids);
  expect(after.map(({ status }) => status?.containerStatuses?.[0]?.restartCount)).toEqual([1, 1]);
  // Its writes arrive again: a pod that is deleted ends there, and another comes.
  await k4s.cluster.delete("Pod", after[0]?.metadata.name ?? "");
  await k4s.cluster.waitFor(`Pod/${after[0]?.metadata.name}`, "deleted");
  expect((await podsOn("far", 2)).map(({ metadata }) => metadata.uid)).toContain(after[1]?.metadata.uid);

  // What a claim no longer wants is deleted where it lies.
  await k4s.cluster.delete("Deployment", "teller");
  await k4s.cluster.delete("PersistentVolumeClaim", "kept");
  await k4s.cluster.waitFor(`PersistentVolume/${near?.metadata.name}`, "deleted");
  expect(readdirSync(join(data, "volumes", "volumes"))).toEqual([]);

  again.child.kill("SIGTERM");
  const [code] = await once(again.child, "exit");
  expect(code).toBe(143);
  const condition = (await k4s.cluster.get("Node", "far"))?.status?.conditions?.find(
    ({ type }) => type === "Ready",
  );
  expect(condition).toMatchObject({ status: "False", message: "node is shutting down" });
}, 90_000);

test.each([
  [
    "a wrong token",
    () => ({ token: "goodid.fedcba9876543210" }),
    "does not know the bootstrap token goodid.…",
  ],
  ["what is no token", () => ({ token: "goodid" }), "k4s token create prints one"],
  ["no quantity", () => ({ capacity: { cpu: "lots" } }), "capacity.cpu must be a quantity"],
  [
    "what no Node can be",
    () => ({ name: "Bad_Name", labels: { "a b": "c" }, token: "goodid" }),
    /"Bad_Name".*the label a b=c.*a bootstrap token is/s,
  ],
  [
    "a clock that is a day ahead",
    async () => ({
      token: await token("earlyy"),
      clock: { ...realClock, now: () => Date.now() + 86_400_000 },
    }),
    /8\d{4} s ahead of that of the cluster/,
  ],
  [
    "a token that has run out",
    async () => ({ token: await token("oldone", { expiration: "2020-01-01T00:00:00Z" }) }),
    "or it has run out",
  ],
  [
    "a token that is not for clients",
    async () => ({ token: await token("others", { "usage-bootstrap-authentication": "false" }) }),
    "does not know the bootstrap token",
  ],
  ["no token", () => ({}), "a bootstrap token is wanted"],
  [
    "the name of a living node",
    async () => ({ name: "node-0", token: await token("taken0") }),
    "a node node-0 is in the cluster and alive",
  ],
  [
    "a server that is not of the authority that is believed",
    () => ({ ca: undefined, caHash: `sha256:${"0".repeat(64)}`, token: "goodid.0123456789abcdef" }),
    "shows no certificate of the authority",
  ],
])("%s: nobody joins", async (_, options, why) => {
  const joining = joinCluster({ server: k4s.url, name: "nobody", ca, ...(await options()) });
  await expect(joining).rejects.toThrow(why);
});

test("who cannot listen at its address is no node, and who puts that right is one at once", async () => {
  const options = { server: k4s.url, name: "misplaced", ca, images: join(folder, "none") };
  const joining = joinCluster({ ...options, token: await token("place1"), address: "192.0.2.1" });
  await expect(joining).rejects.toThrow("the node cannot listen on 192.0.2.1");
  expect(await k4s.cluster.get("Node", "misplaced")).toBeUndefined();
  const joined = await joinCluster({ ...options, token: await token("place2"), address: "127.0.0.1" });
  await joined.shutDown();
});

test("a node says when the cluster at its server's address is another one by now, and comes again with a token of that", async () => {
  const data = join(folder, "moved");
  const options = { name: "moved", data, ca, images: join(folder, "none") };
  const node = await joinCluster({ ...options, server: k4s.url, token: await token("before") });
  await node.shutDown();
  // Who has said farewell has no lease any more: another of its name may come at once.
  expect(await k4s.cluster.get("Lease", "moved", "kube-node-lease")).toBeUndefined();
  await using other = await startCluster({ nodes: 0, listen: "127.0.0.1:0" });
  const again = joinCluster({ ...options, server: other.url });
  await expect(again).rejects.toThrow("has another authority than the one that this node believes");
  const given = await token("before", {}, other);
  const joined = await joinCluster({ ...options, ca: authorityIn(other), server: other.url, token: given });
  expect((await other.cluster.list("Node")).map(({ metadata }) => metadata.name)).toEqual(["moved"]);
  await joined.stop();
});

test("tokens that have run out are deleted", async () => {
  await token("gonepp", { expiration: "2020-01-01T00:00:00Z" });
  const isThere = async () =>
    (await k4s.cluster.list("Secret", { namespace: "kube-system" })).some(
      ({ metadata }: Secret) => metadata.name === "bootstrap-token-gonepp",
    );
  while (await isThere()) await new Promise(resolve => setImmediate(resolve));
});
