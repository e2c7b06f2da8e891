import { describe, expect, test } from "vitest";
import type { ApiError } from "../errors/index.ts";
import type { Draft, KubernetesObject, Pod, PodSpec } from "../resources/index.ts";
import { deepFreeze } from "../store/index.ts";
import { alwaysPullImages } from "./always-pull-images.ts";
import { AdmissionChain } from "./chain.ts";
import { claimResize } from "./claim-resize.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultStorageClass } from "./default-storage-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { builtInPlugins, pluginsFor } from "./plugins.ts";
import { priority } from "./priority.ts";
import { resourceQuota } from "./quota/index.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccount } from "./service-account.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";
import { asking } from "./test-requests.ts";

/** A store in which there is only this. */
function readerOf(...objects: readonly object[]) {
  const all = objects as readonly KubernetesObject[];
  return {
    get: (kind: string, _: string, name: string) =>
      all.find(each => each.kind === kind && each.metadata.name === name) as never,
    list: (kind: string) => all.filter(each => each.kind === kind) as never,
    kindOf: () => undefined,
    revision: all.length,
    changes: () => [],
  };
}

function account(name: string, more: object = {}) {
  return { kind: "ServiceAccount", metadata: { name, namespace: "demo" }, ...more };
}

function pod(spec: Partial<PodSpec> = {}): Draft<Pod> {
  const containers = [{ name: "app", image: "echo:1" }];
  const metadata = { name: "p", namespace: "demo" };
  return deepFreeze({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers, ...spec } });
}

const sized = (requests: Record<string, string>, limits: Record<string, string> = {}) =>
  pod({ containers: [{ name: "app", image: "echo:1", resources: { requests, limits } }] });

/** What one plugin, run alone, makes of an object; or the sentence with which it refuses it. */
function run(
  plugins: AdmissionPlugin | readonly AdmissionPlugin[],
  object: Draft,
  reader: ReturnType<typeof readerOf>,
  request = asking(object.kind),
): Draft | string {
  const chain = new AdmissionChain([plugins].flat(), reader);
  try {
    const admitted = chain.mutate(object, request) as Draft;
    chain.validate(admitted, request);
    chain.validateLast(admitted, request);
    return admitted;
  } catch (error) {
    return (error as ApiError).message;
  }
}

const specOf = (admitted: Draft | string) => (admitted as Draft<Pod>).spec;

describe("every plugin", () => {
  test("is named as in Kubernetes, and says what it is on", () => {
    for (const { name, on } of builtInPlugins) {
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
      expect(on.length).toBeGreaterThan(0);
    }
  });

  test("can be switched on and off by name; a wrong name is told with the right one", () => {
    const names = (options: Parameters<typeof pluginsFor>[0]) => pluginsFor(options).map(({ name }) => name);
    expect(names({})).not.toContain("AlwaysPullImages");
    expect(names({ enable: ["AlwaysPullImages"] })).toContain("AlwaysPullImages");
    expect(names({ disable: ["LimitRanger"] })).not.toContain("LimitRanger");
    expect(() => pluginsFor({ disable: ["LimitRange"] })).toThrow('did you mean "LimitRanger"?');
    expect(names({ plugins: [{ name: "Mine", on: [], validate() {} }] }).slice(-6)).toEqual([
      "Mine",
      "PodSecurity",
      "MutatingAdmissionWebhook",
      "ValidatingAdmissionPolicy",
      "ValidatingAdmissionWebhook",
      "ResourceQuota",
    ]);
  });

  test("gives all pods of one spec one spec", () => {
    const chain = new AdmissionChain(
      pluginsFor({ enable: ["AlwaysPullImages"] }),
      readerOf(namespace("demo"), account("default")),
    );
    const { spec } = pod();
    const made = ["a", "b"].map(
      name => chain.mutate({ ...pod(), metadata: { name }, spec } as Draft, asking("Pod")) as Draft<Pod>,
    );
    expect(made[0]?.spec).toBe(made[1]?.spec);
    expect(made[0]?.spec).not.toBe(spec);
  });

  const create = [{ operations: ["CREATE"] as const }];
  const validate = () => {};
  test.each<[AdmissionPlugin, string]>([
    [{ name: "Mine", on: [{ operations: ["CREATE"], kinds: ["Pdo"] }], validate }, 'did you mean "Pod"?'],
    [{ name: "Mine", on: create }, "neither mutate nor validate"],
    [{ name: "LimitRanger", on: create, validate }, "give yours another"],
  ])("of one's own that could do nothing is refused: %j", (plugin, expected) => {
    expect(() => pluginsFor({ plugins: [plugin] })).toThrow(expected);
  });

  test.each<[string, Pick<AdmissionPlugin, "mutate" | "validate">, string]>([
    ["throws", { mutate: () => fail(new Error("boom")) }, "boom"],
    ["throws what is no error", { validate: () => fail("boom") }, "boom"],
    ["rejects", { validate: () => Promise.reject(new Error("boom")) }, "boom"],
    ["changes the kind", { mutate: object => ({ ...object, kind: "Secret" }) }, "may not change"],
    [
      "changes the name",
      { mutate: object => ({ ...object, metadata: { ...object.metadata, name: "other" } }) },
      "may not change",
    ],
  ])("of one's own that %s is told with its name", async (_, functions, expected) => {
    const options = { plugins: [{ name: "Mine", on: create, ...functions }] };
    const chain = new AdmissionChain(
      pluginsFor(options).filter(({ name }) => name === "Mine"),
      readerOf(),
    );
    const asked = async () => {
      await chain.validate(await chain.mutate(pod() as Draft, asking("Pod")), asking("Pod"));
    };
    await expect(asked()).rejects.toMatchObject({
      reason: "InternalError",
      message: expect.stringMatching(`admission plugin "Mine" failed: .*${expected}`),
    });
  });

  test("of one's own is checked: what it makes of an object must fit the schema", () => {
    const [mine] = pluginsFor({
      disable: builtInPlugins.map(({ name }) => name),
      plugins: [
        {
          name: "Mine",
          on: [{ operations: ["CREATE"] }],
          mutate: object => ({ ...object, spec: { ...(object.spec as object), wrong: 1 } }),
        },
      ],
    });
    expect(run(mine as AdmissionPlugin, pod(), readerOf())).toContain('unknown field "spec.wrong"');
  });
});

function fail(thrown: unknown): never {
  throw thrown;
}

const namespace = (name: string, more: object = {}) => ({
  kind: "Namespace",
  apiVersion: "v1",
  metadata: { name, ...more },
});

describe("NamespaceLifecycle", () => {
  const gone = asking("Namespace", { operation: "DELETE", name: "kube-system" });
  test("wants a namespace that is there and stays", () => {
    expect(run(namespaceLifecycle, pod(), readerOf(namespace("demo")))).toEqual(pod());
    expect(run(namespaceLifecycle, pod(), readerOf())).toBe('namespaces "demo" not found');
    const going = namespace("demo", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(run(namespaceLifecycle, pod(), readerOf(going))).toBe(
      'pods "p" is forbidden: unable to create new content in namespace demo because it is being terminated',
    );
  });
  test("keeps those the cluster needs", () => {
    const chain = new AdmissionChain([namespaceLifecycle], readerOf());
    expect(() => chain.validate(undefined, gone)).toThrow(
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    );
    expect(chain.validate(undefined, { ...gone, name: "mine" })).toBeUndefined();
  });
});

describe("pods get", () => {
  const plain = readerOf();
  const accounts = readerOf(account("default"), account("mine", { imagePullSecrets: [{ name: "key" }] }));
  const accountOf = (spec: Partial<PodSpec>) => specOf(run(serviceAccount, pod(spec), accounts));

  test("the account default, under both names of the field", () => {
    expect(accountOf({})).toMatchObject({ serviceAccountName: "default", serviceAccount: "default" });
    for (const spec of [{ serviceAccount: "mine" }, { serviceAccountName: "mine" }])
      expect(accountOf(spec)).toMatchObject({ serviceAccountName: "mine", serviceAccount: "mine" });
  });

  test("the pull secrets of their account, unless they name some", () => {
    expect(accountOf({}).imagePullSecrets).toBeUndefined();
    expect(accountOf({ serviceAccountName: "mine" }).imagePullSecrets).toEqual([{ name: "key" }]);
    const own = [{ name: "own" }];
    expect(accountOf({ serviceAccountName: "mine", imagePullSecrets: own }).imagePullSecrets).toEqual(own);
  });

  test("nothing if their account is not there, but a mirror of a node's own pod", () => {
    expect(run(serviceAccount, pod({ serviceAccountName: "nope" }), accounts)).toBe(
      'pods "p" is forbidden: error looking up service account demo/nope: serviceaccount "nope" not found',
    );
    const annotations = { "kubernetes.io/config.mirror": "x" };
    const mirror = { ...pod(), metadata: { name: "p", namespace: "demo", annotations } };
    expect(run(serviceAccount, mirror, plain)).toBe(mirror);
  });

  test.each([
    [[], ["not-ready:300", "unreachable:300"]],
    [[{ operator: "Exists" }], [":"]],
    [
      [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute", tolerationSeconds: 5 }],
      ["not-ready:5", "unreachable:300"],
    ],
    [[{ key: "other", effect: "NoSchedule" }], ["other:", "not-ready:300", "unreachable:300"]],
  ])("five minutes on a node that fails, behind their own tolerations: %j", (tolerations, expected) => {
    const admitted = specOf(run(defaultTolerationSeconds, pod({ tolerations: tolerations as never }), plain));
    const texts = admitted.tolerations?.map(
      ({ key = "", tolerationSeconds = "" }) =>
        `${key.replace("node.kubernetes.io/", "")}:${tolerationSeconds}`,
    );
    expect(texts).toEqual(expected);
  });

  test("their images anew, where that is asked for", () => {
    expect(specOf(run(alwaysPullImages, pod(), plain)).containers[0]?.imagePullPolicy).toBe("Always");
  });
});

describe("Priority", () => {
  const priorityClass = (name: string, value: number, more: object = {}) => ({
    kind: "PriorityClass",
    metadata: { name },
    value,
    ...more,
  });
  const classes = readerOf(
    priorityClass("high", 1000, { preemptionPolicy: "Never" }),
    priorityClass("usual", 7, { globalDefault: true }),
  );
  test.each<[string, Partial<PodSpec>, ReturnType<typeof readerOf>, object | string]>([
    ["none", {}, readerOf(), { priority: 0, preemptionPolicy: "PreemptLowerPriority" }],
    ["the default class", {}, classes, { priority: 7, priorityClassName: "usual" }],
    ["a class", { priorityClassName: "high" }, classes, { priority: 1000, preemptionPolicy: "Never" }],
    [
      "a class of the system",
      { priorityClassName: "system-node-critical" },
      readerOf(),
      { priority: 2_000_001_000 },
    ],
    [
      "no such class",
      { priorityClassName: "nope" },
      classes,
      'pods "p" is forbidden: no PriorityClass with name nope was found',
    ],
    [
      "a number of one's own",
      { priority: 3 },
      readerOf(),
      "the integer value of priority (3) must not be provided in pod spec",
    ],
    [
      "another policy",
      { priorityClassName: "high", preemptionPolicy: "PreemptLowerPriority" },
      classes,
      "the string value of PreemptionPolicy",
    ],
  ])("%s", (_, spec, reader, expected) => {
    const admitted = run(priority, pod(spec), reader);
    if (typeof expected === "string") expect(admitted).toContain(expected);
    else expect(specOf(admitted)).toMatchObject(expected);
  });

  test("what a pod was given it keeps, though the class is another one now", () => {
    const old = pod({ priority: 5, preemptionPolicy: "Never" }) as Pod;
    const admitted = run(priority, pod(), classes, asking("Pod", { operation: "UPDATE", old }));
    expect(specOf(admitted)).toMatchObject({ priority: 5, preemptionPolicy: "Never" });
  });
});

describe("RuntimeClass", () => {
  const boxed = {
    kind: "RuntimeClass",
    metadata: { name: "boxed" },
    handler: "process",
    overhead: { podFixed: { cpu: "100m" } },
    scheduling: { nodeSelector: { kind: "strong" }, tolerations: [{ key: "strong", operator: "Exists" }] },
  };
  test("adds what it costs and where it can be", () => {
    expect(
      specOf(
        run(runtimeClass, pod({ runtimeClassName: "boxed", nodeSelector: { zone: "a" } }), readerOf(boxed)),
      ),
    ).toMatchObject({
      overhead: { cpu: "100m" },
      nodeSelector: { zone: "a", kind: "strong" },
      tolerations: [{ key: "strong", operator: "Exists" }],
    });
  });
  test("a toleration that the pod has is not added again, whatever the order of its keys", () => {
    const tolerations = [{ operator: "Exists" as const, key: "strong" }];
    const admitted = run(runtimeClass, pod({ runtimeClassName: "boxed", tolerations }), readerOf(boxed));
    expect(specOf(admitted).tolerations).toEqual(tolerations);
  });
  test.each<[Partial<PodSpec>, string]>([
    [{ runtimeClassName: "nope" }, 'pod rejected: RuntimeClass "nope" not found'],
    [
      { runtimeClassName: "boxed", nodeSelector: { kind: "weak" } },
      "conflict: runtimeClass.scheduling.nodeSelector[kind] = strong; pod.spec.nodeSelector[kind] = weak",
    ],
    [
      { overhead: { cpu: "1" } },
      "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
    ],
  ])("refuses %j", (spec, sentence) => {
    expect(run(runtimeClass, pod(spec), readerOf(boxed))).toBe(`pods "p" is forbidden: ${sentence}`);
  });
});

describe("LimitRanger", () => {
  const range = (...limits: object[]) =>
    readerOf({ kind: "LimitRange", metadata: { name: "l" }, spec: { limits } });
  const container = { type: "Container" };

  test("fills in what a container does not say, and tells of it", () => {
    const limits = {
      ...container,
      default: { cpu: "500m" },
      max: { memory: "1Gi" },
      defaultRequest: { cpu: "100m" },
    };
    const admitted = run(
      limitRanger,
      sized({ memory: "1Mi" }, { memory: "2Mi" }),
      range(limits),
    ) as Draft<Pod>;
    expect(admitted.spec.containers[0]?.resources).toEqual({
      requests: { cpu: "100m", memory: "1Mi" },
      limits: { cpu: "500m", memory: "2Mi" },
    });
    expect(admitted.metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger":
        "LimitRanger plugin set: cpu request for container app; cpu limit for container app",
    });
  });

  test("is asked when a pod is resized, too", () => {
    const asked = asking("Pod", {
      operation: "UPDATE",
      subresource: "resize",
      old: pod() as KubernetesObject,
    });
    const limits = range({ ...container, max: { cpu: "1" } });
    expect(run(limitRanger, sized({ cpu: "1" }, { cpu: "2" }), limits, asked)).toContain(
      "maximum cpu usage per Container is 1, but limit is 2",
    );
  });

  test.each<[object, Draft<Pod>, string]>([
    [
      { ...container, min: { cpu: "1" } },
      sized({ cpu: "1m" }),
      "minimum cpu usage per Container is 1, but request is 1m",
    ],
    [
      { ...container, min: { cpu: "1" } },
      pod(),
      "minimum cpu usage per Container is 1.  No request is specified",
    ],
    [
      { type: "Pod", max: { cpu: "1" } },
      sized({}, { cpu: "2" }),
      "maximum cpu usage per Pod is 1, but limit is 2",
    ],
    [{ type: "Pod", max: { cpu: "1" } }, pod(), "maximum cpu usage per Pod is 1.  No limit is specified"],
    [
      { ...container, maxLimitRequestRatio: { cpu: "2" } },
      sized({ cpu: "1" }, { cpu: "3" }),
      "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
    ],
  ])("%j refuses", (limit, object, sentence) => {
    expect(run(limitRanger, object, range(limit))).toBe(`pods "p" is forbidden: ${sentence}`);
  });
});

describe("ResourceQuota", () => {
  test.each([
    [1, "2", "", "what does not grow"],
    [2, "2", "", "what grows within the quota"],
    [
      3,
      "2",
      "requested: services.nodeports=2, used: services.nodeports=1, limited: services.nodeports=2",
      "",
    ],
    // Over the quota already, as it was set later: what does not grow is none of its business.
    [1, "0", "", "what shrinks or stays"],
  ])("a Service that comes to %i node ports of %s", (count, nodeports, refusal) => {
    const service = (ports: number) =>
      ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s", namespace: "demo" },
        spec: { type: "NodePort", ports: Array.from({ length: ports }, (_, n) => ({ port: n + 1 })) },
      }) as unknown as KubernetesObject;
    const old = service(1);
    const reader = readerOf(quota({ "services.nodeports": nodeports, services: "1" }), old);
    const next = service(count);
    const answer = run(
      resourceQuota,
      next,
      reader,
      asking("Service", { operation: "UPDATE", old, name: "s" }),
    );
    if (refusal) expect(answer).toBe(`services "s" is forbidden: exceeded quota: q, ${refusal}`);
    else expect(answer).toBe(next);
  });

  const quota = (hard: Record<string, string>, more: object = {}) => ({
    kind: "ResourceQuota",
    metadata: { name: "q" },
    spec: { hard, ...more },
  });
  const there = (object: Draft<Pod>, phase = "Running") => ({ ...object, status: { phase } });

  test.each<[string, object, object[], Draft<Pod>, string]>([
    [
      "objects",
      quota({ pods: "1" }),
      [there(pod())],
      pod(),
      "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
    ],
    [
      "what is asked for",
      quota({ cpu: "1", "limits.memory": "2Gi" }),
      [there(sized({ cpu: "600m" }, { memory: "1Gi" }))],
      sized({ cpu: "500m" }, { memory: "1Gi" }),
      "exceeded quota: q, requested: cpu=500m, used: cpu=600m, limited: cpu=1",
    ],
    [
      "what must be said",
      quota({ "requests.cpu": "1", pods: "9" }),
      [],
      pod(),
      "failed quota: q: must specify requests.cpu for: app",
    ],
  ])("%s", (_, limit, others, object, sentence) => {
    const admitted = run(resourceQuota, object, readerOf(limit, ...others));
    expect(admitted).toBe(`pods "p" is forbidden: ${sentence}`);
  });

  test("lets through what is left, does not count what has ended, nor what is out of its scope", () => {
    const full = quota({ pods: "1" });
    expect(run(resourceQuota, pod(), readerOf(full))).toEqual(pod());
    expect(run(resourceQuota, pod(), readerOf(full, there(pod(), "Succeeded")))).toEqual(pod());
    // As an object it is still there.
    const objects = quota({ "count/pods": "1" });
    expect(run(resourceQuota, pod(), readerOf(objects, there(pod(), "Succeeded")))).toContain(
      "exceeded quota",
    );
    const ofClass = quota({ pods: "0" }, { scopes: ["PriorityClass"] });
    expect(run(resourceQuota, pod(), readerOf(ofClass))).toEqual(pod());
    expect(run(resourceQuota, pod({ priorityClassName: "high" }), readerOf(ofClass))).toContain(
      "exceeded quota",
    );
  });
});

test("TaintNodesByCondition: a new node takes no pods yet", () => {
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
  const tainted = run(taintNodesByCondition, node, readerOf()) as Draft;
  expect(tainted.spec).toEqual({ taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] });
  expect(run(taintNodesByCondition, tainted, readerOf())).toBe(tainted);
});

test("DefaultStorageClass and DefaultIngressClass name the class that is marked", () => {
  const marked = (kind: string, name: string, mark: string) => ({
    kind,
    metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z", annotations: { [mark]: "true" } },
  });
  const reader = readerOf(
    marked("StorageClass", "disk", "storageclass.kubernetes.io/is-default-class"),
    marked("IngressClass", "web", "ingressclass.kubernetes.io/is-default-class"),
  );
  const draft = (kind: string, spec: object) => ({ apiVersion: "v1", kind, metadata: { name: "x" }, spec });
  const claim = (spec: object) =>
    defaultStorageClass.mutate?.(draft("PersistentVolumeClaim", spec), asking("Pod"), reader);
  expect(claim({})).toMatchObject({ spec: { storageClassName: "disk" } });
  expect(claim({ storageClassName: "" })).toMatchObject({ spec: { storageClassName: "" } });
  const ingress = (spec: object) =>
    defaultIngressClass.mutate?.(draft("Ingress", spec), asking("Pod"), reader);
  expect(ingress({})).toMatchObject({ spec: { ingressClassName: "web" } });
  expect(ingress({ ingressClassName: "own" })).toMatchObject({ spec: { ingressClassName: "own" } });
});

test.each([
  ["Bound", "grows", "2Gi", {}],
  ["Bound", "fixed", "1Gi", {}],
  ["Pending", "grows", "2Gi", "Only bound persistent volume claims can be expanded"],
  ["Bound", "fixed", "2Gi", "the storageclass that provisions the pvc must support resize"],
  ["Bound", "gone", "2Gi", "only dynamically provisioned pvc can be resized"],
  ["Bound", "", "2Gi", "only dynamically provisioned pvc can be resized"],
])("PersistentVolumeClaimResize: %s, of class %j, to %s", (phase, storageClassName, storage, expected) => {
  const reader = readerOf(
    { kind: "StorageClass", metadata: { name: "grows" }, allowVolumeExpansion: true },
    { kind: "StorageClass", metadata: { name: "fixed" } },
  );
  const claim = (size: string) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "p", namespace: "demo" },
    spec: { storageClassName, resources: { requests: { storage: size } } },
    status: { phase },
  });
  const old = claim("1Gi") as unknown as KubernetesObject;
  const request = asking("PersistentVolumeClaim", { operation: "UPDATE", old });
  const answer = run(claimResize, claim(storage), reader, request);
  if (typeof expected === "string") expect(answer).toContain(expected);
  else expect(answer).toMatchObject(expected);
});
