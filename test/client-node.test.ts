/** The JavaScript client of Kubernetes against a cluster that serves: what its users do with it, unchanged. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  ApiException,
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1ConfigMap,
  V1MicroTime,
  Watch,
} from "@kubernetes/client-node";
import { Cluster } from "k4s";
import { afterAll, beforeAll, expect, test } from "vitest";

/** What runs inside a pod: it finds the API by what every pod has, and asks as its service account. */
const images = mkdtempSync(join(tmpdir(), "k4s-client-node-"));
const clientNode = pathToFileURL(createRequire(import.meta.url).resolve("@kubernetes/client-node")).href;
writeFileSync(
  join(images, "insider.mjs"),
  `import { AuthenticationV1Api, CoreV1Api, KubeConfig } from ${JSON.stringify(clientNode)};
const config = new KubeConfig();
config.loadFromCluster();
const { status } = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
const { items } = await config.makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace: "default" });
console.log(status.userInfo.username, items.some(({ metadata }) => metadata.name === "kube-root-ca.crt"));
`,
);

const cluster = new Cluster({ images });
const config = new KubeConfig();
let core: CoreV1Api;
const namespace = "default";

beforeAll(async () => {
  await cluster.start();
  const { kubeconfig } = await cluster.serve();
  config.loadFromString(kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  await cluster.apply(`
kind: ServiceAccount
metadata: { name: reader }
---
kind: RoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ kind: ServiceAccount, name: reader, namespace: default }]
`);
});
afterAll(async () => {
  await cluster.stop();
  rmSync(images, { recursive: true, force: true });
});

const map = (name: string, data = { a: "1" }): V1ConfigMap => ({ metadata: { name }, data });

test("objects are created, read, replaced, patched, listed and deleted", async () => {
  const created = await core.createNamespacedConfigMap({ namespace, body: map("one") });
  expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
  await core.replaceNamespacedConfigMap({ namespace, name: "one", body: { ...created, data: { a: "2" } } });
  const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
  await core.patchNamespacedConfigMap({ namespace, name: "one", body: { data: { b: "3" } } }, merge);
  expect((await core.readNamespacedConfigMap({ namespace, name: "one" })).data).toEqual({ a: "2", b: "3" });
  const { items } = await core.listNamespacedConfigMap({ namespace, fieldSelector: "metadata.name=one" });
  expect(items).toHaveLength(1);
  await core.deleteNamespacedConfigMap({ namespace, name: "one" });
  await expect(core.readNamespacedConfigMap({ namespace, name: "one" })).rejects.toMatchObject({ code: 404 });
});

test("an informer hears of what is there, what comes, changes and goes", async () => {
  await core.createNamespacedConfigMap({ namespace, body: map("seen") });
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const heard: string[] = [];
  const until = (last: string) =>
    new Promise<void>(resolve => {
      for (const verb of ["add", "update", "delete"] as const)
        informer.on(verb, ({ metadata }) => {
          const { name = "" } = metadata ?? {};
          if (name === "seen") heard.push(verb);
          if (heard.at(-1) === last) resolve();
        });
    });
  const deleted = until("delete");
  await informer.start();
  await core.replaceNamespacedConfigMap({ namespace, name: "seen", body: map("seen", { a: "9" }) });
  await core.deleteNamespacedConfigMap({ namespace, name: "seen" });
  await deleted;
  await informer.stop();
  expect([...new Set(heard)]).toEqual(["add", "update", "delete"]);
});

test("of two who want to lead, one does, and the other when it has given up", async () => {
  const api = config.makeApiClient(CoordinationV1Api);
  const lease = { namespace, name: "leader" };
  /** As leader election does: takes the lease where nobody holds it, by the version that was read. */
  const candidate = (holderIdentity: string) => ({
    async take(): Promise<boolean> {
      const renewTime = new V1MicroTime();
      const spec = { holderIdentity, leaseDurationSeconds: 15, acquireTime: renewTime, renewTime };
      try {
        const held = await api.readNamespacedLease(lease);
        if (held.spec?.holderIdentity && held.spec.holderIdentity !== holderIdentity) return false;
        await api.replaceNamespacedLease({ ...lease, body: { ...held, spec } });
      } catch (error) {
        if (!(error instanceof ApiException) || (error.code !== 404 && error.code !== 409)) throw error;
        if (error.code === 409) return false;
        await api.createNamespacedLease({ namespace, body: { metadata: { name: lease.name }, spec } });
      }
      return true;
    },
    async release(): Promise<void> {
      const held = await api.readNamespacedLease(lease);
      const spec = { ...held.spec, holderIdentity: "" };
      await api.replaceNamespacedLease({ ...lease, body: { ...held, spec } });
    },
  });
  const [one, other] = [candidate("one"), candidate("other")];
  expect(await one.take()).toBe(true);
  expect(await other.take()).toBe(false);
  expect(await one.take()).toBe(true);
  await one.release();
  // Both have read the same version: one of the writes is refused.
  const free = await api.readNamespacedLease(lease);
  const writes = await Promise.allSettled(
    ["one", "other"].map(holderIdentity =>
      api.replaceNamespacedLease({ ...lease, body: { ...free, spec: { ...free.spec, holderIdentity } } }),
    ),
  );
  expect(writes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const { spec } = await api.readNamespacedLease(lease);
  // Six digits, as others than this client insist on.
  expect(String(spec?.acquireTime)).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$/);
});

test("a watch goes on until it is aborted", async () => {
  const names: string[] = [];
  const ended = await new Promise<{ abort: () => void }>((resolve, reject) => {
    const watching = new Watch(config).watch(
      "/api/v1/namespaces",
      {},
      (_, { metadata }) => {
        names.push(metadata.name);
        if (metadata.name === "kube-system") void watching.then(resolve);
      },
      error => error && error.name !== "AbortError" && reject(error),
    );
  });
  ended.abort();
  expect(names).toContain("default");
});

test("logs are read and commands are run in a pod of a deployment", async () => {
  await config.makeApiClient(AppsV1Api).createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "nginx" }] },
        },
      },
    },
  });
  await cluster.waitFor("Deployment/web", "Available", { timeoutMs: 15_000 });
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=web" });
  const pod = items[0]?.metadata?.name ?? "";
  const output = new PassThrough();
  let told = "";
  output.on("data", part => {
    told += part;
  });
  const nowhere = new Writable({ write: (_, __, done) => done() });
  const status = await new Promise<unknown>((resolve, reject) => {
    new Exec(config)
      .exec(namespace, pod, "web", ["echo", "hello"], output, nowhere, null, false, resolve)
      .catch(reject);
  });
  expect(status).toMatchObject({ status: "Success" });
  expect(told).toBe("hello\n");
  const log = new PassThrough();
  log.resume();
  await new Log(config).log(namespace, pod, "web", log, { tailLines: 5 });
});

test.each(["thread", "process"])(
  "a pod of the runtime %s finds the API by itself",
  async runtimeClassName => {
    const name = `insider-${runtimeClassName}`;
    await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name },
        spec: {
          runtimeClassName,
          restartPolicy: "Never",
          serviceAccountName: "reader",
          // The client alone fills the half of what a container has by default.
          containers: [{ name: "main", image: "insider", resources: { limits: { memory: "256Mi" } } }],
        },
      },
    });
    await cluster.waitFor(`Pod/${name}`, pod => /Succeeded|Failed/.test(String(pod?.status?.phase)), {
      timeoutMs: 15_000,
    });
    expect(await cluster.logs(`Pod/${name}`)).toBe("system:serviceaccount:default:reader true\n");
  },
);

test("a port is forwarded", async () => {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=web" });
  const pod = items[0]?.metadata?.name ?? "";
  const forward = new PortForward(config);
  const server = createServer(socket => {
    void forward.portForward(namespace, pod, [80], socket, null, socket);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 200 OK/);
  socket.destroy();
  server.close();
});
