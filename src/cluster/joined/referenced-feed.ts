/**
 * How a node that has joined hears of its pods: when what they name is known here. A node reads of Secrets, ConfigMaps and claims only those that
 * its pods use, so that each is followed from the moment when the first pod comes that names it until the last one is gone, as a kubelet does.
 */
import type { PodFeed, PodListener } from "../../node/index.ts";
import type { KindWatch, RemoteRegistry } from "../../remote/index.ts";
import { type Pod, podReferences } from "../../resources/index.ts";
import type { ObjectKey, Unwatch } from "../../store/index.ts";

interface Use {
  readonly watch: KindWatch;
  /** The uids of the pods that name it. */
  readonly pods: Set<string>;
  isKnown: boolean;
}

export class ReferencedFeed {
  readonly #feed: Pick<PodFeed, "listen">;
  readonly #registry: RemoteRegistry;
  /** By `Secret/namespace/name`. */
  readonly #uses = new Map<string, Use>();

  constructor(feed: Pick<PodFeed, "listen">, registry: RemoteRegistry) {
    this.#feed = feed;
    this.#registry = registry;
  }

  listen(nodeName: string, listener: PodListener): Unwatch {
    const { store } = this.#registry;
    const told = new Set<string>();
    const tell = (pod: Pod) => {
      told.add(pod.metadata.uid);
      listener.podChanged(pod);
    };
    // What was waited for may name something else: a claim its volume.
    const settle = (uid: string) => {
      const pod = store.byUid(uid) as Pod | undefined;
      if (pod && !this.#follow(pod, () => settle(uid))) tell(pod);
    };
    const unlisten = this.#feed.listen(nodeName, {
      podChanged: pod => {
        const isAwaited = this.#follow(pod, () => settle(pod.metadata.uid));
        // What runs already hears of its own changes, whatever else it names by now.
        if (!isAwaited || told.has(pod.metadata.uid)) tell(pod);
      },
      podGone: pod => {
        told.delete(pod.metadata.uid);
        this.#leave(pod.metadata.uid);
        listener.podGone(pod);
      },
      known: uid => listener.known(uid),
      allKnown: () => listener.allKnown(),
    });
    // The volume of a claim may be known only after the claim.
    const unwatch = store.watch({ kind: "PersistentVolumeClaim" }, ({ key }) => {
      for (const uid of this.#uses.get(textOf(key))?.pods ?? []) {
        const pod = store.byUid(uid) as Pod | undefined;
        if (pod) this.#follow(pod, () => settle(uid));
      }
    });
    return () => {
      unwatch();
      unlisten();
      for (const { watch } of this.#uses.values()) this.#registry.unfollow(watch);
      this.#uses.clear();
    };
  }

  /** Whether something has to be waited for that the pod names. @param known called when all of it is known */
  #follow(pod: Pod, known: () => void): boolean {
    const { uid } = pod.metadata;
    const missing: Promise<void>[] = [];
    for (const key of keysOf(pod, this.#registry)) {
      const text = textOf(key);
      const use = this.#uses.get(text) ?? this.#begin(key, text);
      // Others wait for it already: this pod, or another.
      if (!use.isKnown && !use.pods.has(uid)) missing.push(use.watch.synced);
      use.pods.add(uid);
    }
    if (missing.length > 0) void Promise.all(missing).then(() => known());
    return missing.length > 0 || !this.#isKnown(uid);
  }

  #isKnown(uid: string): boolean {
    return [...this.#uses.values()].every(({ pods, isKnown }) => isKnown || !pods.has(uid));
  }

  #begin(key: ObjectKey, text: string): Use {
    const watch = this.#registry.followOne(key);
    const use: Use = { watch, pods: new Set(), isKnown: false };
    this.#uses.set(text, use);
    void watch.synced.then(() => {
      use.isKnown = true;
    });
    return use;
  }

  #leave(uid: string): void {
    for (const [text, { watch, pods }] of this.#uses) {
      if (!pods.delete(uid) || pods.size > 0) continue;
      this.#uses.delete(text);
      this.#registry.unfollow(watch);
    }
  }
}

function textOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

function* keysOf(pod: Pod, { store }: RemoteRegistry): Generator<ObjectKey> {
  const { namespace = "" } = pod.metadata;
  const { secrets, configMaps, claims } = podReferences(pod);
  for (const name of secrets) yield { kind: "Secret", namespace, name };
  for (const name of configMaps) yield { kind: "ConfigMap", namespace, name };
  for (const name of claims) {
    yield { kind: "PersistentVolumeClaim", namespace, name };
    const volume = store.get("PersistentVolumeClaim", namespace, name)?.spec?.volumeName;
    if (volume) yield { kind: "PersistentVolume", namespace: "", name: volume };
  }
}
