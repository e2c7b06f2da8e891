/** An operator as one writes it with the JavaScript client of Kubernetes: a custom kind, an informer, owned objects, a finalizer. */
import {
  ApiextensionsV1Api,
  AppsV1Api,
  CustomObjectsApi,
  type Informer,
  KubeConfig,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1CustomResourceDefinition,
  type V1Deployment,
} from "@kubernetes/client-node";
import { Cluster } from "k4s";
import { afterAll, beforeAll, expect, test } from "vitest";

const group = "example.com";
const version = "v1";
const plural = "sites";
const namespace = "default";
const finalizer = "example.com/sites";

const definition: V1CustomResourceDefinition = {
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural, singular: "site", kind: "Site", shortNames: ["si"] },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["image"],
                properties: { image: { type: "string" }, replicas: { type: "integer", _default: 1 } },
              },
              status: { type: "object", properties: { ready: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};

interface Site extends KubernetesObject {
  readonly spec: { readonly image: string; readonly replicas: number };
  readonly status?: { readonly ready?: number };
}

const cluster = new Cluster({});
const config = new KubeConfig();
beforeAll(async () => {
  await cluster.start();
  config.loadFromString((await cluster.serve()).kubeconfig);
  await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({ body: definition });
  await cluster.waitFor(`CustomResourceDefinition/${plural}.${group}`, "Established");
});
afterAll(() => cluster.stop());

/** Keeps a Deployment for each Site, and says in its status how many pods are ready. */
class SiteOperator {
  readonly released: string[] = [];
  readonly mistakes: unknown[] = [];
  readonly #sites = config.makeApiClient(CustomObjectsApi);
  readonly #apps = config.makeApiClient(AppsV1Api);
  readonly #informers: Informer<KubernetesObject>[] = [];
  #last: Promise<void> = Promise.resolve();

  async start(): Promise<void> {
    const place = { group, version, namespace, plural };
    const sites = makeInformer<Site>(
      config,
      `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
      () => this.#sites.listNamespacedCustomObject(place),
    );
    const deployments = makeInformer<V1Deployment>(
      config,
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      () => this.#apps.listNamespacedDeployment({ namespace }),
    );
    for (const verb of ["add", "update"] as const) {
      sites.on(verb, ({ metadata }) => this.#queue(metadata?.name));
      deployments.on(verb, ({ metadata }) => this.#queue(metadata?.ownerReferences?.[0]?.name));
    }
    deployments.on("delete", ({ metadata }) => this.#queue(metadata?.ownerReferences?.[0]?.name));
    this.#informers.push(sites, deployments);
    for (const informer of this.#informers) await informer.start();
  }

  async stop(): Promise<void> {
    for (const informer of this.#informers) await informer.stop();
    await this.#last;
  }

  #queue(name: string | undefined): void {
    if (name === undefined) return;
    this.#last = this.#last
      .then(() => this.#reconcile(name))
      .catch(error => {
        // A site that has gone, or was changed meanwhile, is heard of again.
        if (error?.code !== 404 && error?.code !== 409) this.mistakes.push(error);
      });
  }

  async #reconcile(name: string): Promise<void> {
    const place = { group, version, namespace, plural, name };
    const site: Site = await this.#sites.getNamespacedCustomObject(place);
    const { metadata, spec } = site;
    const { uid = "", finalizers = [], deletionTimestamp } = metadata ?? {};
    if (deletionTimestamp) {
      this.released.push(name);
      const body = { ...site, metadata: { ...metadata, finalizers: [] } };
      await this.#sites.replaceNamespacedCustomObject({ ...place, body });
      return;
    }
    if (!finalizers.includes(finalizer)) {
      const body = { ...site, metadata: { ...metadata, finalizers: [finalizer] } };
      await this.#sites.replaceNamespacedCustomObject({ ...place, body });
      return;
    }
    const owner = { apiVersion: `${group}/${version}`, kind: "Site", name, uid, controller: true };
    const labels = { site: name };
    const applied = await this.#apps.patchNamespacedDeployment(
      {
        namespace,
        name,
        fieldManager: "site-operator",
        force: true,
        body: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name, ownerReferences: [owner] },
          spec: {
            replicas: spec.replicas,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { containers: [{ name: "main", image: spec.image }] },
            },
          },
        },
      },
      setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
    );
    const ready = applied.status?.readyReplicas ?? 0;
    if (ready === site.status?.ready) return;
    await this.#sites.patchNamespacedCustomObjectStatus(
      { ...place, body: { status: { ready } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
}

test("keeps what it owns, reports, and lets go", async () => {
  const operator = new SiteOperator();
  await operator.start();
  try {
    const api = config.makeApiClient(CustomObjectsApi);
    const place = { group, version, namespace, plural };
    const body = {
      apiVersion: `${group}/${version}`,
      kind: "Site",
      metadata: { name: "a" },
      spec: { image: "pause" },
    };
    await api.createNamespacedCustomObject({ ...place, body });
    const isReady = (count: number) => (site: unknown) => (site as Site | undefined)?.status?.ready === count;
    await cluster.waitFor("Site/a", isReady(1));
    await api.patchNamespacedCustomObject(
      { ...place, name: "a", body: { spec: { replicas: 3 } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    await cluster.waitFor("Site/a", isReady(3));
    // What is taken from it comes back.
    await cluster.delete("Deployment", "a");
    await cluster.waitFor("Deployment/a", "Available");
    await cluster.waitFor("Site/a", isReady(3));
    await api.deleteNamespacedCustomObject({ ...place, name: "a" });
    await cluster.waitFor("Site/a", "deleted");
    await cluster.waitFor("Deployment/a", "deleted");
    expect(operator.released).toContain("a");
    expect(operator.mistakes).toEqual([]);
  } finally {
    await operator.stop();
  }
});
