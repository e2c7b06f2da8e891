/**
 * A node for stories in virtual time: an agent, a store and a registry, and containers that pretend. What they do stands in
 * their pods' annotations (runtimes/hollow.ts), or in the runtime that a test brings along.
 */
import { AdmissionChain, pluginsFor, storeReader } from "../admission/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { type Draft, KindRegistry, type Node, type Pod, type PodSpec } from "../resources/index.ts";
import { StorageDrivers } from "../storage/index.ts";
import { administrator, MemoryStore, Registry } from "../store/index.ts";
import { NodeAgent } from "./agent.ts";
import { defaultBackOff, type RestartBackOff } from "./containers/index.ts";
import { Images } from "./images/index.ts";
import { PodAddresses, PodFeed } from "./pods/index.ts";
import { HollowRuntime, type Runtime } from "./runtimes/index.ts";
import { PodPorts } from "./streams/index.ts";
import { HostFolders, PublishedVolumes, SourceWatch, VolumeFolders } from "./volumes/index.ts";

interface TestNodeOptions {
  readonly runtime?: (clock: VirtualClock) => Runtime;
  readonly images?: Images;
  readonly backOff?: Partial<RestartBackOff>;
}

export const user = { actor: "user", user: administrator, manager: "test" };
const by = { author: user };

export class TestNode {
  readonly clock = new VirtualClock();
  readonly kinds = new KindRegistry();
  /** Those of pods: `Warning Failed: Error: …` */
  readonly events: string[] = [];
  readonly faults: unknown[] = [];
  readonly addresses = new PodAddresses();
  readonly ports = new PodPorts();
  readonly store: LeakyStore;
  readonly registry: Registry;
  readonly agent: NodeAgent;
  /** What each write of a pod left, in a line. */
  readonly lines: string[] = [];

  constructor({ runtime, images, backOff }: TestNodeOptions = {}) {
    const { clock } = this;
    const onFault = (fault: unknown) => this.faults.push(fault);
    this.store = new LeakyStore({ clock, onFault });
    const admission = new AdmissionChain(pluginsFor(), storeReader(this.store, this.kinds));
    const parts = { store: this.store, kinds: this.kinds, clock, random: seededRandom(1) };
    this.registry = new Registry({ ...parts, admission });
    const made = runtime?.(clock) ?? new HollowRuntime({ clock, quiet: false });
    this.agent = new NodeAgent(
      { name: "node-1" },
      {
        registry: this.registry,
        clock,
        runtimes: new Map([["thread", made]]),
        images: images ?? new Images({ folders: [], cache: undefined, clock }),
        network: undefined,
        addresses: this.addresses,
        ports: this.ports,
        volumes: volumesIn(this.registry, clock),
        unknownImages: undefined,
        backOff: { ...defaultBackOff, ...backOff },
        onFault,
        tell: ({ kind }, type, reason, message) => {
          if (kind === "Pod") this.events.push(`${type} ${reason}: ${message}`);
        },
      },
      new PodFeed(this.store, clock),
    );
  }

  async start(): Promise<void> {
    await this.createNamespace("default");
    await this.agent.start();
    this.store.watch({ kind: "Pod" }, ({ type, object }) => {
      this.lines.push(type === "DELETED" ? "gone" : lineOf(object as Pod));
    });
  }

  async createNamespace(name: string): Promise<void> {
    await this.registry.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, by);
  }

  /** Another takes away what the node has said of itself. */
  async forgetConditions(): Promise<void> {
    const forget = (node: Node): Node => ({ ...node, status: { ...node.status, conditions: [] } });
    await this.registry.modify("Node", "", "node-1", forget, { ...by, subresource: "status" });
  }

  /** Creates the pod p on this node, with one container unless the spec says otherwise. */
  async run(spec: Partial<PodSpec>, annotations: Record<string, string> = {}): Promise<void> {
    const containers = [{ name: "app", image: "x:1" }];
    const pod: Draft<Pod> = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default", annotations },
      spec: { nodeName: "node-1", containers, ...spec },
    };
    await this.registry.create(pod, by);
    await this.clock.settle();
  }

  async change(change: (pod: Pod) => Pod, subresource?: string): Promise<void> {
    await this.registry.modify("Pod", "default", "p", change, { ...by, subresource });
    await this.clock.settle();
  }

  async delete(gracePeriodSeconds?: number): Promise<void> {
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    await this.registry.delete("Pod", "default", "p", { ...by, ...grace });
    await this.clock.settle();
  }

  pod(): Pod | undefined {
    return this.store.get("Pod", "default", "p");
  }
}

/** A store whose watchers miss what happens while it leaks. */
class LeakyStore extends MemoryStore {
  #isLeaking = false;

  override watch(...[options, tell]: Parameters<MemoryStore["watch"]>): ReturnType<MemoryStore["watch"]> {
    return super.watch(options, change => {
      if (!this.#isLeaking) tell(change);
    });
  }

  async leakDuring(story: () => Promise<unknown>): Promise<void> {
    this.#isLeaking = true;
    await story();
    this.#isLeaking = false;
  }
}

/** Phase, ready, what the containers do: `Running True app=running/1`. */
function lineOf({ metadata, status }: Pod): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "-";
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
    ({ name, state, restartCount }) => {
      const word =
        state?.waiting?.reason ??
        (state?.running ? "running" : `${state?.terminated?.reason}(${state?.terminated?.exitCode})`);
      return `${name}=${word}${restartCount > 0 ? `/${restartCount}` : ""}`;
    },
  );
  const grace = metadata.deletionGracePeriodSeconds;
  const leaving = grace === undefined ? "" : ` leaving(${grace}) seen=${status?.observedGeneration}`;
  return [status?.phase, ready, ...containers].join(" ") + leaving;
}

function volumesIn(registry: Registry, clock: VirtualClock) {
  const folders = new VolumeFolders();
  const published = new PublishedVolumes({
    drivers: new StorageDrivers([], clock),
    folders,
    registry,
    clock,
  });
  return { folders, sources: new SourceWatch(registry.store), published, hostFolders: new HostFolders([]) };
}
