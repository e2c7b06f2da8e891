/** The JavaScript client of Kubernetes against a cluster that serves: what its users do with it, unchanged. */
import { PassThrough, Writable } from "node:stream";
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from "@kubernetes/client-node";
import { Cluster } from "k4s";
import { afterAll, beforeAll, expect, test } from "vitest";

const cluster = new Cluster();
const config = new KubeConfig();
let core: CoreV1Api;
const namespace = "default";

beforeAll(async () => {
  await cluster.start();
  const { kubeconfig } = await cluster.serve();
  config.loadFromString(kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});
afterAll(() => cluster.stop());

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
