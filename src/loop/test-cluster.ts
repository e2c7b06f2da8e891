/**
 * A control plane for tests, in virtual time: the real loops over the real registry, the real kinds and a store in
 * memory, and no nodes but those that a test plays. A story says what a person does, lets the clock
 * move, and looks at what became of it.
 */
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { ApiError } from "../errors/index.ts";
import { seededRandom } from "../outside/index.ts";
import {
  builtInKinds,
  type Draft,
  type Event,
  type KindDefinition,
  type KindName,
  KindRegistry,
  type KubernetesObject,
  type Node,
  type ObjectOf,
  type Pod,
} from "../resources/index.ts";
import {
  administrator,
  type Change,
  type DeleteOptions,
  MemoryStore,
  nodeWriter,
  Registry,
} from "../store/index.ts";
import type { Controller } from "./controller.ts";
import { EventRecorder } from "./events/index.ts";
import { Loop } from "./loop.ts";
import { SlowStore, WaitingClock } from "./test-slow-store.ts";

export const author = { actor: "user", user: administrator, manager: "test" };

export const testKinds: readonly KindDefinition[] = builtInKinds;

export class TestCluster {
  readonly clock = new WaitingClock();
  readonly random;
  readonly store: MemoryStore;
  readonly registry: Registry;
  /** What controllers threw, conflicts apart. A story that expects none says so. */
  readonly failures: unknown[] = [];
  readonly #loops: Loop[] = [];
  readonly recorder: EventRecorder;

  /** `historyLimit`: how many changes of each kind are kept; `isSlow`: writes take a moment, as everywhere where K4S_TEST_STORE=slow. */
  constructor(
    seed = 1,
    {
      historyLimit,
      isSlow = process.env.K4S_TEST_STORE === "slow",
    }: { readonly historyLimit?: number; readonly isSlow?: boolean } = {},
  ) {
    const { clock } = this;
    this.random = seededRandom(seed);
    const onFault = (fault: unknown) => void this.failures.push(fault);
    const kept = { clock, onFault, historyLimit, indexedFields: { Pod: ["spec.nodeName"] } };
    if (isSlow) {
      const slow = new SlowStore(kept);
      clock.store = slow;
      this.store = slow;
    } else this.store = new MemoryStore(kept);
    const kinds = new KindRegistry(testKinds);
    const { store, random } = this;
    // In a story a pod says its priority as a number, without a class.
    const reader = storeReader(store, kinds, { now: () => clock.now() });
    const admission = new AdmissionChain(pluginsFor({ disable: ["Priority"] }), reader);
    this.registry = new Registry({ store, kinds, admission, clock, random });
    this.recorder = new EventRecorder(this, onFault);
  }

  /** A cluster with the namespaces `default` and `demo`, in which these controllers run. */
  static async of(...controllers: readonly Controller[]): Promise<TestCluster> {
    const cluster = new TestCluster();
    for (const name of ["default", "demo"])
      await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    cluster.run(...controllers);
    await cluster.settle();
    return cluster;
  }

  run(...controllers: readonly Controller[]): Loop[] {
    const surroundings = {
      registry: this.registry,
      clock: this.clock,
      random: this.random,
      events: this.recorder,
    };
    const onFailure = (_: string, __: unknown, error: unknown) => void this.failures.push(error);
    const loops = controllers.map(controller => new Loop(controller, surroundings, { onFailure }));
    this.#loops.push(...loops);
    for (const loop of loops) loop.start();
    return loops;
  }

  /** Until nothing is left to do before time moves. */
  settle(): Promise<void> {
    return this.clock.settle();
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async create<T extends KubernetesObject>(draft: Draft<T>): Promise<T> {
    const { object } = await this.registry.create<T>(draft, { author });
    return draft.kind === "Node" ? this.#join(object, draft) : object;
  }

  /** A node that joins is reported on at once, and loses the taint that keeps pods off nodes that have not reported. */
  async #join<T extends KubernetesObject>({ metadata: { name } }: T, draft: Draft): Promise<T> {
    const { taints = [] } = draft.spec as NonNullable<Node["spec"]>;
    await this.reportNode(name, draft.status as Node["status"]);
    await this.change("Node", name, node => ({ ...node, spec: { ...node.spec, taints } }));
    return this.the("Node", name) as KubernetesObject as T;
  }

  /** Changes all but the status. */
  async change<K extends KindName>(
    kind: K,
    name: string,
    change: (object: ObjectOf<K>) => Draft<ObjectOf<K>>,
  ): Promise<void> {
    await this.registry.modify(kind, this.#namespaceOf(kind), name, change, { author });
  }

  /** Its node reports about a pod, or somebody where it has none. */
  async reportPod(name: string, status: Pod["status"]): Promise<void> {
    const node = this.get("Pod", name)?.spec.nodeName;
    // In a story a pod need not have been scheduled.
    const options = { author: node ? nodeWriter(node, "node") : author, subresource: "status" } as const;
    const change = (pod: Pod) => ({ ...pod, status: { ...pod.status, ...status } });
    await this.registry.modify("Pod", "demo", name, change, options);
  }

  /** A node reports about itself. */
  async reportNode(name: string, status: Node["status"]): Promise<void> {
    const options = { author: nodeWriter(name, "node"), subresource: "status" } as const;
    const change = (node: Node) => ({ ...node, status: { ...node.status, ...status } });
    await this.registry.modify("Node", "", name, change, options);
  }

  async delete(kind: KindName, name: string, options: Partial<DeleteOptions> = {}): Promise<void> {
    await this.registry.delete(kind, this.#namespaceOf(kind), name, { author, ...options });
  }

  get<K extends KindName>(kind: K, name: string): ObjectOf<K> | undefined {
    return this.store.get(kind, this.#namespaceOf(kind), name);
  }

  /** The object, which must be there. */
  the<K extends KindName>(kind: K, name: string): ObjectOf<K> {
    const object = this.get(kind, name);
    if (!object) throw new ApiError("NotFound", `the story expects ${kind} ${name} to be there`);
    return object;
  }

  names(kind: KindName): string[] {
    return this.store.list(kind).map(({ metadata }) => metadata.name);
  }

  /** What was told so far: `Warning FailedScheduling Pod/two: 0/2 nodes …`. */
  get events(): string[] {
    return this.store
      .list("Event")
      .map(
        ({ type, reason, involvedObject: { kind, name }, message }: Event) =>
          `${type} ${reason} ${kind}/${name}: ${message}`,
      );
  }

  /** What happened to an object, a word for each write. */
  lifeOf(kind: KindName, name: string): string[] {
    return this.#historyOf(kind, name).map(change => change.type);
  }

  /** How many writes happen while the story goes on. */
  async writesDuring(story: () => Promise<unknown>): Promise<number> {
    const before = this.store.revision;
    await story();
    return this.store.revision - before;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.splice(0).map(loop => loop.stop()));
    await this.recorder.stop();
  }

  #historyOf(kind: KindName, name: string): Change[] {
    return this.store.history({ kind, namespace: this.#namespaceOf(kind), name });
  }

  #namespaceOf(kind: KindName): string {
    return testKinds.find(({ name }) => name === kind)?.scope === "Cluster" ? "" : "demo";
  }
}

export function configMap(name: string, metadata: Draft["metadata"] = {}): Draft {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "demo", ...metadata } };
}

export function pod(
  name: string,
  metadata: Draft["metadata"] = {},
  spec: Partial<Pod["spec"]> = {},
): Draft<Pod> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "demo", ...metadata },
    spec: { containers: [{ name: "app", image: "echo" }], ...spec },
  };
}

export function node(
  name: string,
  allocatable: Record<string, string> = {},
  spec: Node["spec"] = {},
): Draft<Node> {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec,
    status: { allocatable: { cpu: "2", memory: "4Gi", pods: "110", ...allocatable } },
  };
}
