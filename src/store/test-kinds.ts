/**
 * Kinds for the tests of this room: as little of a kind as the registry's rules need, and a registry over a store in
 * memory, in virtual time, that repeats itself.
 */
import { AdmissionChain, builtInPlugins, storeReader } from "../admission/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import {
  bindingOf,
  type Draft,
  describeKind,
  type KindDefinition,
  type KindDescription,
  type KindName,
  KindRegistry,
  type KindRules,
  type KubernetesObject,
  namespaceFinalize,
  namespaceHold,
  type PodSpec,
  podBinding,
} from "../resources/index.ts";
import { MemoryStore } from "./drivers/memory.ts";
import { administrator } from "./identity.ts";
import type { Store } from "./store.ts";
import { Registry, type RegistryParts } from "./writes/registry.ts";
import type { Request } from "./writes/verbs.ts";
import type { Rules } from "./writes/versions.ts";

function kind(name: string, plural: string, more: Partial<KindDescription> = {}): KindDefinition {
  const described = { kind: name, group: "", plural, scope: "Namespaced", schema: {}, ...more } as const;
  return { ...describeKind(described), name, isCustom: false };
}

const podRules: KindRules = {
  initialStatus: () => ({ phase: "Pending" }),
  graceSeconds({ spec, status }, asked) {
    const { nodeName, terminationGracePeriodSeconds: own = 30 } = (spec ?? {}) as Partial<PodSpec>;
    const { phase = "" } = (status ?? {}) as { phase?: string };
    return !nodeName || ["Succeeded", "Failed"].includes(phase) ? 0 : (asked ?? own);
  },
};

/** Each has an address of its own. */
const serviceRules: KindRules = {
  allocate: (draft, others) => ({
    ...draft,
    spec: (draft.spec as object | undefined) ?? { clusterIP: `10.96.0.${others().length + 1}` },
  }),
};

const namespaceRules: KindRules = {
  ...(namespaceHold as KindRules),
  fill: (draft, old) => (old ? draft : { ...draft, spec: { finalizers: ["kubernetes"] } }),
  initialStatus: () => ({ phase: "Active" }),
};

const kinds = [
  kind("Pod", "pods", { hasStatus: true, rules: podRules, subresources: [podBinding] }),
  kind("ConfigMap", "configmaps", { countsGenerations: false }),
  kind("Service", "services", { hasStatus: true, countsGenerations: false, rules: serviceRules }),
  kind("Namespace", "namespaces", {
    scope: "Cluster",
    hasStatus: true,
    countsGenerations: false,
    rules: namespaceRules,
    subresources: [namespaceFinalize],
  }),
  kind("ReplicaSet", "replicasets", {
    group: "apps",
    hasStatus: true,
    rules: { initialStatus: () => ({ replicas: 0 }) },
  }),
];

/** Stands for resources/: fills in by the kind's rule, and refuses nothing. */
export const fillOnly: Rules = {
  decode: (_, draft) => ({ draft: draft as never, unknown: [] }),
  complete: (kind, draft, old) => kind.rules?.fill?.(draft, old) ?? draft,
  validate: () => {},
};

export interface TestWorld {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly registry: Objects;
  /** What the registry is made of, for another over the same store. */
  readonly parts: RegistryParts;
}

/** A registry over a store that has the namespaces `default`, `demo` and `kube-system`. */
export async function testWorld(overrides: Partial<RegistryParts> = {}): Promise<TestWorld> {
  const clock = new VirtualClock();
  const store = new MemoryStore({
    clock,
    onFault: fault => {
      throw fault;
    },
  });
  const registered = new KindRegistry(kinds);
  const parts: RegistryParts = {
    store,
    kinds: registered,
    rules: fillOnly,
    admission: new AdmissionChain(
      builtInPlugins.filter(({ name }) => name === "NamespaceLifecycle"),
      storeReader(store, registered),
    ),
    clock,
    random: seededRandom(1),
    ...overrides,
  };
  const registry = new Objects(new Registry(parts));
  for (const name of ["default", "demo", "kube-system"]) {
    await registry.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { author: user });
  }
  return { clock, store, registry, parts };
}

/** What is written at a pod's `binding`. */
export const binding = { subresource: "binding", parent: "Pod" } as const;

export const user = { actor: "user", user: administrator, manager: "test" };

/** The registry's verbs, resolving to the object alone: what most tests look at. */
export class Objects {
  readonly verbs: Registry;
  readonly watch: Registry["watch"];

  constructor(verbs: Registry) {
    this.verbs = verbs;
    this.watch = verbs.watch.bind(verbs);
  }

  async create<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<T> {
    return (await this.verbs.create(draft, request)).object;
  }

  async update<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<T> {
    return (await this.verbs.update(draft, request)).object;
  }

  updateStatus<T extends KubernetesObject>(draft: Draft<T>, request: Request): Promise<T> {
    return this.update(draft, { ...request, subresource: "status" });
  }

  async modify<K extends KindName>(...given: Parameters<typeof Registry.prototype.modify<K>>) {
    return (await this.verbs.modify<K>(...given)).object;
  }

  async delete<K extends KindName>(...given: Parameters<typeof Registry.prototype.delete<K>>) {
    return (await this.verbs.delete<K>(...given)).object;
  }

  bind(namespace: string, name: string, nodeName: string, request: Request): Promise<KubernetesObject> {
    return this.create(bindingOf({ namespace, name }, nodeName), { ...request, ...binding });
  }
}

export function pod(name: string, metadata: Draft["metadata"] = {}, spec: object = {}): Draft {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "demo", ...metadata },
    spec: { containers: [{ name: "app", image: "echo" }], ...spec },
  };
}

export function configMap(name: string, metadata: Draft["metadata"] = {}, data: object = { a: "1" }): Draft {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "demo", ...metadata },
    data,
  } as Draft;
}

export function replicaSet(name: string, replicas = 1): Draft {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name, namespace: "demo" },
    spec: { replicas },
  };
}

/** What history tells of an object: the type of each write. */
export function lifeOf({ store }: TestWorld, { kind, metadata }: Draft): string[] {
  const key = { kind, namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
  return store.history(key).map(change => change.type);
}

/** The error that a write ends with. */
export async function refusal(write: Promise<KubernetesObject>): Promise<unknown> {
  return write.then(
    () => "it was not refused",
    error => error,
  );
}

/** The same store, but each write first waits for `pause`, as on a disk or over a network: others may come before it. */
export function slowed(store: Store, pause: () => Promise<void>): Store {
  const writes: readonly PropertyKey[] = ["add", "replace", "remove"];
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (!writes.includes(name)) return member.bind(target);
      return (...given: unknown[]) => pause().then(() => member.apply(target, given));
    },
  });
}
