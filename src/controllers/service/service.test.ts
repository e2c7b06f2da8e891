import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configMap, pod, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft, EndpointSlice, Pod, Service, ServiceSpec } from "../../resources/index.ts";
import { service } from "./service.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(service());
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

function web(spec: ServiceSpec = {}): Draft<Service> {
  const ports = [{ name: "http", protocol: "TCP" as const, port: 80, targetPort: 8080 }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "demo" },
    spec: { selector: { app: "web" }, ports, ...spec },
  };
}

let addresses = 0;

/** A pod that its node has started. */
async function running(
  name: string,
  {
    isReady = true,
    labels = { app: "web" } as Record<string, string>,
    spec = {} as Partial<Pod["spec"]>,
  } = {},
): Promise<void> {
  await cluster.create(pod(name, { labels }, { nodeName: "node-1", ...spec }));
  await cluster.reportPod(name, { phase: "Running", podIP: `10.0.0.${addresses++}` });
  await becomes(name, isReady);
}

async function becomes(name: string, isReady: boolean): Promise<void> {
  await cluster.reportPod(name, { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] });
}

function slices(): EndpointSlice[] {
  return cluster.store.list("EndpointSlice");
}

/** What is listed: `a ready serving`, `b serving terminating`. */
function listed(): string[] {
  return slices().flatMap(({ endpoints = [] }) =>
    endpoints.map(({ targetRef, conditions = {} }) => {
      const words = Object.entries(conditions).flatMap(([word, holds]) => (holds ? [word] : []));
      return [targetRef?.name, ...words].join(" ");
    }),
  );
}

test("a new Service has one empty slice at once", async () => {
  await cluster.create(web());
  await cluster.settle();
  const [slice] = slices();
  expect(slices()).toHaveLength(1);
  expect(slice).toMatchObject({
    addressType: "IPv4",
    metadata: {
      name: expect.stringMatching(/^web-[a-z0-9]{5}$/),
      labels: {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "web",
      },
      ownerReferences: [{ kind: "Service", name: "web", controller: true, blockOwnerDeletion: true }],
    },
  });
  expect(slice).not.toHaveProperty("endpoints");
  expect(slice).not.toHaveProperty("ports");
});

test("a pod is listed as Kubernetes lists it", async () => {
  await cluster.create(web());
  await running("a");
  await cluster.settle();
  const { uid } = cluster.the("Pod", "a").metadata;
  expect(slices()).toMatchObject([
    {
      endpoints: [
        {
          addresses: [cluster.the("Pod", "a").status?.podIP],
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: "Pod", namespace: "demo", name: "a", uid },
          nodeName: "node-1",
        },
      ],
      ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    },
  ]);
});

test("a pod goes through its life in the list", async () => {
  await cluster.create(web());
  const seen: string[][] = [];
  const look = async () => {
    await cluster.settle();
    seen.push(listed());
  };
  await cluster.create(pod("a", { labels: { app: "web" } }, { nodeName: "node-1" }));
  await look();
  await cluster.reportPod("a", { phase: "Running", podIP: "10.0.0.1" });
  await look();
  await becomes("a", true);
  await look();
  await cluster.delete("Pod", "a");
  await look();
  await cluster.reportPod("a", { phase: "Succeeded" });
  await look();
  expect(seen).toEqual([[], ["a"], ["a ready serving"], ["a serving terminating"], []]);
  expect(slices()).toHaveLength(1);
  expect(slices()[0]).not.toHaveProperty("ports");
});

test("publishNotReadyAddresses takes every pod for ready", async () => {
  await cluster.create(web({ publishNotReadyAddresses: true }));
  await running("a", { isReady: false });
  await cluster.settle();
  expect(listed()).toEqual(["a ready"]);
});

test("a headless Service whose port two pods number differently has two slices", async () => {
  const ports = [{ name: "http", port: 80, targetPort: "web" }];
  await cluster.create(web({ clusterIP: "None", ports }));
  await cluster.settle();
  const numbered = (containerPort: number) => ({
    containers: [{ name: "app", image: "echo", ports: [{ name: "web", containerPort }] }],
  });
  await running("a", { spec: { ...numbered(8080), hostname: "a", subdomain: "web" } });
  await running("b", { spec: numbered(9090) });
  await cluster.settle();
  expect(slices().map(slice => slice.ports?.[0]?.port)).toEqual([8080, 9090]);
  expect(slices().map(slice => slice.endpoints?.[0]?.hostname)).toEqual(["a", undefined]);
  expect(slices()[0]?.metadata.labels).toHaveProperty(["service.kubernetes.io/headless"], "");
});

test("a port by name may be a sidecar's, not that of a container that ends", async () => {
  await cluster.create(web({ ports: [{ name: "http", port: 80, targetPort: "metrics" }] }));
  const named = (name: string, containerPort: number, more = {}) => ({
    name,
    image: "echo",
    ports: [{ name: "metrics", containerPort }],
    ...more,
  });
  const initContainers = [named("first", 1), named("sidecar", 9090, { restartPolicy: "Always" })];
  await running("a", { spec: { containers: [{ name: "app", image: "echo" }], initContainers } });
  await cluster.settle();
  expect(slices().map(slice => slice.ports?.[0]?.port)).toEqual([9090]);
});

describe("the selector", () => {
  const rows: [string, Record<string, string>, string[]][] = [
    ["labels", { app: "web" }, ["web-0", "web-1"]],
    ["several labels", { app: "web", tier: "front" }, ["web-0"]],
    ["a glob over names", { "k4s.dev/name": "web-*" }, ["web-0", "web-1"]],
    ["a glob with alternatives", { "k4s.dev/name": "{db,web}-0" }, ["db-0", "web-0"]],
    ["a plain name", { "k4s.dev/name": "db-0" }, ["db-0"]],
    ["a glob as the value of a label", { app: "{db,cache}" }, ["db-0"]],
    ["a label and a glob", { app: "web", "k4s.dev/name": "*-1" }, ["web-1"]],
    ["nothing there is", { app: "nothing" }, []],
  ];

  test.each(rows)("may be %s", async (_, selector, names) => {
    await running("db-0", { labels: { app: "db" } });
    await running("web-0", { labels: { app: "web", tier: "front" } });
    await running("web-1", { labels: { app: "web" } });
    await cluster.create(web({ selector }));
    await cluster.settle();
    expect(listed()).toEqual(names.map(name => `${name} ready serving`));
  });

  test("that changes changes the list, and so do labels", async () => {
    await running("db-0", { labels: { app: "db" } });
    await running("web-0");
    await cluster.create(web());
    await cluster.settle();
    await cluster.change("Service", "web", object => ({
      ...object,
      spec: { ...object.spec, selector: { app: "db" } },
    }));
    await cluster.settle();
    expect(listed()).toEqual(["db-0 ready serving"]);
    await cluster.change("Pod", "db-0", object => ({
      ...object,
      metadata: { ...object.metadata, labels: { app: "web" } },
    }));
    await cluster.settle();
    expect(listed()).toEqual([]);
  });

  test("that is missing leaves the slices to others", async () => {
    await cluster.create(web({ selector: undefined }));
    await running("a");
    await cluster.advance(5_000);
    expect(slices()).toEqual([]);
    expect(cluster.events).toEqual([]);
  });
});

describe("a selector that chooses nothing", () => {
  const conditions = () => cluster.the("Service", "web").status?.conditions;

  test("is told once, after two seconds, and no more when it does choose", async () => {
    await cluster.create(web({ selector: { "k4s.dev/name": "wbe-*" } }));
    await cluster.advance(1_900);
    expect(cluster.events).toEqual([]);
    await cluster.advance(10_000);
    const message = "no pod in namespace demo matches the selector k4s.dev/name=wbe-*";
    expect(conditions()).toMatchObject([
      { type: "NothingSelected", status: "True", reason: "NoPodMatches", message },
    ]);
    expect(cluster.events).toEqual([]);

    await cluster.create(pod("wbe-0"));
    await cluster.settle();
    expect(cluster.the("Service", "web").status).toEqual({ loadBalancer: {} });
  });

  test("is not told of a Service that comes just before its pods", async () => {
    await cluster.create(web());
    await cluster.advance(500);
    await cluster.create(pod("a", { labels: { app: "web" } }));
    await cluster.advance(10_000);
    expect(conditions()).toBeUndefined();
    expect(cluster.events).toEqual([]);
  });
});

describe("many pods", () => {
  beforeEach(async () => {
    for (let i = 0; i < 250; i++) await running(`web-${i}`);
    await cluster.create(web());
    await cluster.settle();
  });

  test("are cut into slices of a hundred", () => {
    expect(slices().map(({ endpoints = [] }) => endpoints.length)).toEqual([100, 100, 50]);
  });

  test("one that changes touches only its slice", async () => {
    expect(await cluster.writesDuring(() => becomes("web-120", false).then(() => cluster.settle()))).toBe(2);
    expect(slices()[1]?.endpoints?.[20]?.conditions?.ready).toBe(false);
  });

  test("one that goes leaves a gap, which the next one fills", async () => {
    await cluster.delete("Pod", "web-7", { gracePeriodSeconds: 0 });
    await cluster.settle();
    expect(slices().map(({ endpoints = [] }) => endpoints.length)).toEqual([99, 100, 50]);
    await running("web-new");
    await cluster.settle();
    expect(slices().map(({ endpoints = [] }) => endpoints.length)).toEqual([100, 100, 50]);
  });

  test("that go take the slices along, but for one", async () => {
    for (let i = 0; i < 250; i++) await cluster.delete("Pod", `web-${i}`, { gracePeriodSeconds: 0 });
    await cluster.settle();
    expect(slices()).toHaveLength(1);
    expect(listed()).toEqual([]);
  });

  test("whose port changes stay in their slices", async () => {
    const before = slices().map(({ metadata }) => metadata.name);
    await cluster.change("Service", "web", object => ({
      ...object,
      spec: { ...object.spec, ports: [{ name: "http", port: 80, targetPort: 9090 }] },
    }));
    await cluster.settle();
    expect(slices().map(({ metadata }) => metadata.name)).toEqual(before);
    expect(slices().map(({ ports }) => ports?.[0]?.port)).toEqual([9090, 9090, 9090]);
  });
});

test("a slice that is deleted or changed by a user is mended; one of another controller is not touched", async () => {
  await cluster.create(web());
  await running("a");
  await cluster.settle();
  const name = slices()[0]?.metadata.name ?? "";
  await cluster.change("EndpointSlice", name, object => ({ ...object, endpoints: [] }));
  await cluster.settle();
  expect(listed()).toEqual(["a ready serving"]);
  await cluster.delete("EndpointSlice", name);
  await cluster.settle();
  expect(listed()).toEqual(["a ready serving"]);

  const theirs = {
    ...configMap("by-hand"),
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    addressType: "IPv4",
  };
  await cluster.create(theirs);
  expect(await cluster.writesDuring(() => cluster.advance(3_000))).toBe(0);
});

test("whatever pods do, each that is listed is listed once, and then nothing is written", async () => {
  const deeds = fc.array(
    fc.record({
      name: fc.integer({ min: 0, max: 5 }).map(i => `p${i}`),
      deed: fc.constantFrom("start", "ready", "unready", "delete", "end", "relabel"),
    }),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(deeds, async script => {
      cluster = await TestCluster.of(service());
      await cluster.create(web());
      for (const [step, { name, deed }] of script.entries()) {
        const found = cluster.get("Pod", name);
        if (deed === "start" && !found) await running(name, { isReady: step % 2 === 0 });
        if (!found) continue;
        if (deed === "ready" || deed === "unready") await becomes(name, deed === "ready");
        if (deed === "delete") await cluster.delete("Pod", name);
        if (deed === "end") await cluster.reportPod(name, { phase: "Failed" });
        if (deed === "relabel")
          await cluster.change("Pod", name, pod => ({
            ...pod,
            metadata: { ...pod.metadata, labels: { app: step % 2 === 0 ? "web" : "db" } },
          }));
        if (step % 3 === 0) await cluster.settle();
      }
      await cluster.advance(5_000);
      const wanted = cluster.store
        .list("Pod")
        .filter(({ metadata, status }) => metadata.labels?.app === "web" && status?.phase === "Running")
        .map(({ metadata }) => metadata.name);
      expect(
        listed()
          .map(text => text.split(" ")[0])
          .sort(),
      ).toEqual(wanted.sort());
      expect(await cluster.writesDuring(() => cluster.advance(3_000))).toBe(0);
      await cluster.stop();
      expect(cluster.failures).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
